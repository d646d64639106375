import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ledgerBench,
  SetClock,
  statusCallback,
  type LedgerBench,
} from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { EndedCalls } from './ended-calls.js';
import { callEvent, type CallEventDraft } from './ledger/call-event.js';

const DAY_MS = 86_400_000;
const ALL = ['agent_failed', 'provider_rejected', 'stream_lost'] as const;

describe('how calls ended, by cause', () => {
  const clock = new SetClock(new Date('2026-11-24T10:00:00.000Z'));
  let store: TestStore;
  let bench: LedgerBench;
  let ended: EndedCalls;
  beforeEach(async () => {
    store = await sqliteStores.create();
    bench = await ledgerBench(store.database, clock);
    ended = new EndedCalls(store.database);
  });
  afterEach(() => store.remove());

  const callThat = async (...events: CallEventDraft[]): Promise<number> => {
    const { runId } = await bench.run();
    await bench.ledger.change({ runId }, (draft) => {
      for (const event of events) draft?.record(event);
    });
    return runId;
  };
  const agentFailed = (reason: string): Promise<number> =>
    callThat(
      statusCallback('answered', 2),
      callEvent({ type: 'agent', source: 'media', detail: { agent: 'failed', reason } }),
      statusCallback('completed', 3, { endReason: 'agent_failed' }),
    );
  const refused = (reason: string): Promise<number> =>
    callThat(
      statusCallback('failed', null, {
        source: 'api',
        endReason: 'provider_rejected',
        detail: { reason },
      }),
    );
  const lately = () => ended.byCause(bench.userId, ALL, new Date(clock.now().getTime() - DAY_MS));

  it('counts those with the same cause together, the most frequent first', async () => {
    await refused('No such number');
    await agentFailed('no reply within 5001 ms');
    const last = await agentFailed('no reply within 4998 ms');
    await callThat(statusCallback('completed', 3, { endReason: 'caller_hangup' }));
    const { outcomes, complete } = await lately();
    expect(complete).toBe(true);
    expect(outcomes).toMatchObject([
      {
        endReason: 'agent_failed',
        cause: 'no reply within 4998 ms',
        workflowId: bench.workflowId,
        count: 2,
        lastRunId: last,
      },
      { endReason: 'provider_rejected', cause: 'No such number', count: 1 },
    ]);
  });

  it('knows calls whose cause nobody told', async () => {
    await callThat(statusCallback('completed', 3, { endReason: 'stream_lost' }));
    expect((await lately()).outcomes).toMatchObject([{ endReason: 'stream_lost', cause: null }]);
  });

  it('leaves out calls from before, other reasons and other users', async () => {
    await refused('No such number');
    expect((await ended.byCause(bench.userId, ['stream_lost'], new Date(0))).outcomes).toEqual([]);
    expect((await ended.byCause(bench.userId + 1, ALL, new Date(0))).outcomes).toEqual([]);
    clock.advance(DAY_MS + 1);
    expect(await lately()).toEqual({ outcomes: [], complete: true });
    await refused('Another reason');
    expect((await lately()).outcomes).toMatchObject([{ cause: 'Another reason', count: 1 }]);
  });
});
