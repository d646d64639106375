import { describe, expect, it } from '@jest/globals';
import { ApiProblem } from '../api/http.js';
import { FieldErrors, troubleOf } from './field-errors.js';

const LABELS = {
  to: 'Number to call, with country code',
  from: 'Shown number',
  workflow_id: 'Workflow',
  'agent_options.url': 'url',
  'agent_options.auth_token': 'auth token',
};

const refused = (...errors: Array<{ field: string; message: string }>): ApiProblem =>
  new ApiProblem(400, 'invalid_request', errors.map(({ message }) => message).join('; '), errors);

describe('what is wrong with a form', () => {
  it.each([
    ['a missing one', { field: 'workflow_id', message: 'is missing' }, 'Workflow is missing.'],
    [
      'one whose message begins with its name',
      { field: 'workflow_id', message: 'workflow_id must be an integer number' },
      'Workflow must be an integer number.',
    ],
    [
      'one with a label that explains',
      { field: 'to', message: 'must be a phone number in E.164, such as +14155552671' },
      'Number to call must be a phone number in E.164, such as +14155552671.',
    ],
    [
      'one that is compared with another',
      { field: 'to', message: 'must be another number than "from"' },
      'Number to call must be another number than “Shown number”.',
    ],
  ])('is shown at its field, in the form’s words: %s', (_, error, text) => {
    expect(troubleOf(refused(error), LABELS)).toEqual({ at: { [error.field]: text }, rest: null });
  });

  it.each([
    [{ field: 'agent_options.url', message: 'is missing' }, 'url', 'Url is missing.'],
    [
      { field: 'agent_options', message: "must have required property 'url'" },
      'url',
      'Url is missing.',
    ],
    [{ field: 'agent_options', message: 'url must be wss' }, 'url', 'Url must be wss.'],
    [
      { field: 'agent_options', message: 'auth_token must NOT have more than 9 characters' },
      'auth_token',
      'Auth token must NOT have more than 9 characters.',
    ],
  ])('is found among an agent’s options: %o', (error, option, text) => {
    expect(troubleOf(refused(error), LABELS)).toEqual({
      at: { [`agent_options.${option}`]: text },
      rest: null,
    });
  });

  it('is left over if it belongs to no field of the form', () => {
    const strange = { field: 'agent_options', message: 'must NOT have additional properties (x)' };
    const { at, rest } = troubleOf(
      refused({ field: 'to', message: 'is missing' }, strange),
      LABELS,
    );
    expect(at).toEqual({ to: 'Number to call is missing.' });
    expect((rest as FieldErrors).errors).toEqual([strange]);
    const whole = refused(strange);
    expect(troubleOf(whole, LABELS)).toEqual({ at: {}, rest: whole });
  });

  it('is left over as a whole if it is about no field, and is nothing if there is no error', () => {
    const conflict = new ApiProblem(409, 'conflict', 'This number already leads to a workflow.');
    expect(troubleOf(conflict, LABELS)).toEqual({ at: {}, rest: conflict });
    expect(troubleOf(null, LABELS)).toEqual({ at: {}, rest: null });
  });

  it('may be found by the form itself', () => {
    const error = new FieldErrors([{ field: 'from', message: 'is empty' }]);
    expect(troubleOf(error, LABELS).at).toEqual({ from: 'Shown number is empty.' });
  });
});
