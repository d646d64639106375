import { expect, it } from '@jest/globals';
import type { Outcome } from '../api/system-types.js';
import { callsText, outcomeLine } from './outcomes.js';

const outcome = (fields: Partial<Outcome>): Outcome => ({
  end_reason: 'agent_failed',
  cause: null,
  workflow_id: null,
  count: 3,
  last_run_id: 7,
  last_at: '2026-11-23T10:00:00.000Z',
  ...fields,
});

it('calls that failed are a line with their cause and a link to exactly those', () => {
  expect(outcomeLine(outcome({ cause: 'it was out of coffee', workflow_id: 3 }))).toEqual({
    text: 'agent failed: it was out of coffee',
    to: 'calls?end_reason=agent_failed&workflow_id=3&hours=24',
    check: null,
  });
  expect(outcomeLine(outcome({ end_reason: 'stream_lost' }), '1')).toEqual({
    text: 'audio lost',
    to: 'calls?end_reason=stream_lost&hours=1',
    check: 'websocket-idle',
  });
  expect([callsText(1), callsText(2)]).toEqual(['1 call', '2 calls']);
});
