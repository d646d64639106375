import { describe, expect, it } from '@jest/globals';
import { menuLabels, menuOf, newStep, readMenu, renamed } from './menu-form.js';
import { freeKey } from './menu-steps.js';

const OPTIONS = {
  start: 'welcome',
  steps: {
    welcome: {
      prompt: ['hello.wav', 'choose.wav'],
      keys: { 1: 'sales', '#': 'bye' },
      timeout_seconds: 2.5,
      attempts: 2,
      next: 'bye',
      facts: { topic: 'none' },
    },
    sales: { transfer: { target: 'Sales', announce: 'A caller.' }, next: 'bye' },
    support: { transfer: { target: 'Support', announce: { sound: 'caller.wav' } } },
    ops: { transfer: { target: 'Ops' } },
    echo: { workflow: 1 },
    on: { next: 'sales' },
    bye: { prompt: ['bye.wav'] },
  },
};

describe('the form of a menu', () => {
  it('has all that its options have, and gives them back', () => {
    const form = menuOf(OPTIONS);
    expect(form.steps.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      'welcome: keys',
      'sales: transfer',
      'support: transfer',
      'ops: transfer',
      'echo: workflow',
      'on: next',
      'bye: hang_up',
    ]);
    expect(readMenu(form)).toEqual(OPTIONS);
  });

  it('keeps what it does not know', () => {
    const options = { start: 'a', steps: { a: { prompt: [], whisper: { loud: true } } } };
    expect(readMenu(menuOf(options)).steps).toEqual({ a: { whisper: { loud: true } } });
  });

  it('begins with one step', () => {
    expect(readMenu(menuOf({}))).toEqual({ start: 'welcome', steps: { welcome: {} } });
  });

  it('leads to a renamed step by its new name', () => {
    const form = menuOf(OPTIONS);
    const steps = readMenu(renamed(form, 7, 'goodbye')).steps as typeof OPTIONS.steps;
    expect(Object.keys(steps)).toContain('goodbye');
    expect([steps.welcome.next, steps.welcome.keys['#'], steps.sales.next]).toEqual([
      'goodbye',
      'goodbye',
      'goodbye',
    ]);
    expect(renamed(form, 1, 'first').start).toBe('first');
  });

  it('leaves out what was not entered, and sends a wrong number as it is', () => {
    const [welcome] = menuOf(OPTIONS).steps;
    if (!welcome) throw new Error('there is no step');
    const step = {
      ...welcome,
      sounds: [' hello.wav ', ''],
      timeout: '',
      attempts: 'many',
      next: '',
      facts: [{ name: '', value: 'x' }],
    };
    expect(readMenu({ start: 'welcome', steps: [step] }).steps).toEqual({
      welcome: { prompt: ['hello.wav'], keys: { 1: 'sales', '#': 'bye' }, attempts: 'many' },
    });
  });

  it('gives a new step a name and an id that no other has', () => {
    const steps = menuOf({ steps: { 'step-2': {} } }).steps;
    expect(newStep(steps)).toMatchObject({ name: 'step-3', id: 2, kind: 'hang_up' });
  });

  it('knows the next free key, and names the fields of each step', () => {
    expect(freeKey([])).toBe('1');
    expect(freeKey([{ key: '1', step: '' }])).toBe('2');
    expect(menuLabels(menuOf(OPTIONS))['agent_options.steps.sales.next']).toBe(
      'The next step of step sales',
    );
  });
});
