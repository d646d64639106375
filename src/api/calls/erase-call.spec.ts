import { expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CallLedger } from '../../calls/ledger/call-ledger.js';
import { RecordingStoreError } from '../../calls/recordings/recording-store.js';
import type { Recordings } from '../../calls/recordings/recordings.js';
import { EraseCall } from './erase-call.js';

/** Erases call 7, with recordings that fail at the erasures with these numbers; what was done, in order. */
async function erase(failing: number[] = []) {
  const done: string[] = [];
  let erasures = 0;
  const recordings = {
    erase: async (runId: number) => {
      const fails = failing.includes((erasures += 1));
      await nextTurn();
      if (fails) throw new RecordingStoreError('the store is away');
      done.push(`recording of ${runId}`);
    },
  };
  const ledger = {
    change: async ({ runId }: { runId: number }, work: (draft: unknown) => void) => {
      await nextTurn();
      work({ run: { erasedAt: null }, erase: () => done.push(`call ${runId}`) });
    },
  };
  const eraseCall = new EraseCall(
    ledger as unknown as CallLedger,
    recordings as unknown as Recordings,
  );
  const error = await eraseCall.erase(7).catch((reason: unknown) => reason);
  return { done, error };
}

it('erases the recording, the call, and what was stored of the recording meanwhile', async () => {
  expect(await erase()).toEqual({
    done: ['recording of 7', 'call 7', 'recording of 7'],
    error: undefined,
  });
});

it('leaves the call as it is while its recording cannot be erased', async () => {
  const { done, error } = await erase([1]);
  expect(done).toEqual([]);
  expect(error).toBeInstanceOf(RecordingStoreError);
});

it('says when what was stored meanwhile cannot be erased', async () => {
  const { done, error } = await erase([2]);
  expect(done).toEqual(['recording of 7', 'call 7']);
  expect(error).toBeInstanceOf(RecordingStoreError);
});
