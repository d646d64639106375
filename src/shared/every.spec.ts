import { describe, expect, it } from '@jest/globals';
import { listeningLog } from '../../test/support/listening-log.js';
import { DueWork, every } from './every.js';

/** A promise with its resolve and reject functions. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

const unheard = (error: unknown): void => {
  throw new Error('no round should fail here', { cause: error });
};

describe('a loop', () => {
  it('repeats its work, never twice at once', async () => {
    const tenth = gate();
    let rounds = 0;
    let underWay = 0;
    let most = 0;
    const loop = every(
      1,
      async () => {
        most = Math.max(most, (underWay += 1));
        await new Promise((resolve) => setTimeout(resolve, 3));
        underWay -= 1;
        if ((rounds += 1) === 10) tenth.open();
      },
      unheard,
    );
    await tenth.opened;
    await loop.stop();
    expect(most).toBe(1);
  });

  it('waits before its first round', async () => {
    let rounds = 0;
    const loop = every(
      60_000,
      () => {
        rounds += 1;
        return Promise.resolve();
      },
      unheard,
    );
    await new Promise(setImmediate);
    await loop.stop();
    expect(rounds).toBe(0);
  });

  it('reports what a round threw, and continues', async () => {
    const third = gate();
    const told: unknown[] = [];
    const loop = every(
      1,
      () => Promise.reject(new Error('no')),
      (error) => {
        told.push(error);
        if (told.length === 3) third.open();
      },
    );
    await third.opened;
    await loop.stop();
    expect(told.slice(0, 3)).toEqual([new Error('no'), new Error('no'), new Error('no')]);
  });

  it('continues even when the work throws synchronously and so does the failure handler', async () => {
    const third = gate();
    let rounds = 0;
    const loop = every(
      1,
      () => {
        if ((rounds += 1) === 3) third.open();
        throw new Error('at once');
      },
      () => {
        throw new Error('nor here');
      },
    );
    await third.opened;
    await loop.stop();
    expect(rounds).toBeGreaterThanOrEqual(3);
  });

  it('stops after the round under way, and waits for that round', async () => {
    const begun = gate();
    const end = gate();
    let rounds = 0;
    let ended = false;
    const loop = every(
      1,
      async () => {
        rounds += 1;
        begun.open();
        await end.opened;
        ended = true;
      },
      unheard,
    );
    await begun.opened;
    const stopped = loop.stop().then(() => ended);
    end.open();
    expect(await stopped).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(rounds).toBe(1);
  });
});

describe('due work', () => {
  function dueWork(
    attend: (item: number) => Promise<void>,
    postpone: (item: number) => Promise<void>,
  ) {
    const time = { now: 1_000 };
    const { log, lines } = listeningLog();
    const work = new DueWork<number>({
      idOf: (item) => item,
      idField: 'workflow_run_id',
      event: 'work.failed',
      attend,
      postpone,
      restMs: 500,
      log,
      now: () => time.now,
    });
    return { work, time, lines };
  }

  it('handles each failure alone: it is logged with its id and postponed', async () => {
    const done: number[] = [];
    const postponed: number[] = [];
    const { work, lines } = dueWork(
      async (item) => {
        await Promise.resolve();
        if (item === 2) throw new Error('this one never works');
        done.push(item);
      },
      (item) => {
        postponed.push(item);
        return Promise.resolve();
      },
    );
    await work.attendEach([1, 2, 3]);
    expect(done).toEqual([1, 3]);
    expect(postponed).toEqual([2]);
    expect(lines).toMatchObject([{ event: 'work.failed', level: 'error', workflow_run_id: 2 }]);
    expect(work.resting()).toEqual([]);
  });

  it('handles a throw before the first await like any other', async () => {
    const postponed: number[] = [];
    const { work } = dueWork(
      () => {
        throw new Error('at once');
      },
      (item) => {
        postponed.push(item);
        return Promise.resolve();
      },
    );
    await work.attendEach([1, 2]);
    expect(postponed).toEqual([1, 2]);
  });

  it('pauses an item that could not even be postponed, and no longer than configured', async () => {
    const asked: number[] = [];
    const { work, time, lines } = dueWork(
      (item) => {
        asked.push(item);
        return item === 1 ? Promise.reject(new Error('not now')) : Promise.resolve();
      },
      () => Promise.reject(new Error('disk full')),
    );
    await work.attendEach([1, 2]);
    expect(work.resting()).toEqual([1]);
    time.now = 1_499;
    await work.attendEach([1, 2]);
    expect(asked).toEqual([1, 2, 2]);
    time.now = 1_500;
    expect(work.resting()).toEqual([]);
    await work.attendEach([1]);
    expect(asked).toEqual([1, 2, 2, 1]);
    expect(lines.map(({ event }) => event)).toEqual([
      'work.failed',
      'work.failed.not_postponed',
      'work.failed',
      'work.failed.not_postponed',
    ]);
  });
});
