import { describe, expect, it } from '@jest/globals';
import { call } from '../test-kit/call.js';
import { placementOf, readPlacement } from './placement.js';
import { remediesOf } from './remedies.js';

const ADMIN = { workflowName: 'Sales', administrator: true };
const USER = { ...ADMIN, administrator: false };
const pages = (reason: string | null, who: typeof ADMIN): string[] =>
  remediesOf(call(1, { end_reason: reason, account: 'uk', workflow_id: 7 }), who).map(
    ({ to }) => to,
  );

describe('where a failed call is put right', () => {
  it.each([
    ['agent_failed', ['workflows/7'], ['workflows/7']],
    ['provider_rejected', ['accounts/uk', 'doctor?check=carrier-credentials'], []],
    ['queue_timeout', ['accounts/uk'], []],
    ['stream_lost', ['doctor?check=websocket-idle'], []],
    ['caller_hangup', [], []],
    [null, [], []],
  ])('%s: %j for user 1, %j for others', (reason, administrators, others) => {
    expect(pages(reason, ADMIN)).toEqual(administrators);
    expect(pages(reason, USER)).toEqual(others);
  });

  it('is not a workflow that was deleted', () => {
    const deleted = { workflowName: null, administrator: false };
    expect(remediesOf(call(1, { end_reason: 'agent_failed' }), deleted)).toEqual([]);
  });
});

describe('a call like another', () => {
  it('has its workflow, number and context', () => {
    const like = call(9, { workflow_id: 7, context: { order: 7 } });
    expect(readPlacement(placementOf(like))).toEqual({
      workflow_id: 7,
      to: like.to,
      context: { order: 7 },
    });
  });

  it('has no number where that was erased, and nothing where there is none', () => {
    expect(placementOf(call(9, { to: '' })).to).toBe('');
    expect(placementOf(call(9, { to: '…0143' })).to).toBe('');
    expect(placementOf(null)).toMatchObject({ workflowId: '', to: '', context: '' });
  });
});
