import assert from 'node:assert/strict';
import type { Agent } from '../agent.js';
import type { AcceptanceTest } from './acceptance.js';
import { ScriptedCaller } from './scripted-caller.js';

/** A call that is had once as it is, and then again and again, each time moved at another moment. */
export interface ResumptionScript {
  /**
   * What the caller does, from `connect` on. A moved call is longer by what is said again, so that
   * the script waits with `hearOut` where the agent speaks, and with `listen` where it waits. What the
   * agent says must be the same in each call, without stretches that repeat themselves.
   */
  script: (caller: ScriptedCaller) => Promise<void>;
  /** As in `ScriptedCallerOptions`, for agents with timers. */
  onTick?: (ms: number) => void;
  /** How many moves are tried, each in a call of its own. Default: 200. */
  moves?: number;
  /** Of the random moments. Default: 1. */
  seed?: number;
}

const MOVES = 200;
/** How many moves are tried of an agent that has no script: it is only listened to. */
const MOVES_UNHEARD = 10;
/** How much may be repeated or skipped, in milliseconds. */
const SLACK_MS = 300;

interface Had {
  caller: ScriptedCaller;
  /** Bytes that had been heard when the call was moved. */
  heardBefore: number;
  frames: number;
}

/** An agent that resumes loses nothing and repeats nothing, whenever the call is moved; one that does not begins anew. */
export function resumptionTest(
  { create, options }: { create: () => Agent; options: Record<string, unknown> },
  resumption: ResumptionScript | null,
): AcceptanceTest {
  const script = resumption?.script ?? ((caller) => caller.listen(1_000));

  /** @param movedAt the frame of the script after which the call is moved; null: it is not */
  const have = async (movedAt: number | null): Promise<Had> => {
    const had = { heardBefore: 0, frames: 0 };
    const caller: ScriptedCaller = new ScriptedCaller(create(), {
      options,
      ...(resumption?.onTick ? { onTick: resumption.onTick } : {}),
      onFrame: async () => {
        had.frames += 1;
        if (had.frames !== movedAt) return;
        had.heardBefore = bytesOf(caller);
        await caller.move({ to: create() });
      },
    });
    await caller.connect();
    await script(caller);
    if (!resumption) await caller.hangUp();
    return { caller, ...had };
  };

  return {
    title: 'goes on where it was, if it resumes, whenever the call is moved to another process',
    run: async () => {
      const agent = create();
      const asItIs = await have(null);
      const random = randomFrom(resumption?.seed ?? 1);
      const moves = resumption ? (resumption.moves ?? MOVES) : MOVES_UNHEARD;
      for (let move = 1; move <= moves; move += 1) {
        const movedAt = 1 + Math.floor(random() * asItIs.frames);
        const moved = await have(movedAt);
        const when = `when the call is moved after frame ${movedAt}`;
        const { caller } = moved;
        assert.equal(caller.noSnapshot, null, `${when}: its snapshot cannot be used`);
        assert.notEqual(caller.ended, 'failed', `${when}: ${String(caller.failure)}`);
        assert.deepEqual(caller.afterEnd, [], `${when}: it acts on the stream that is over`);
        if (!resumption || !agent.resumes) continue;
        assert.equal(caller.ended, asItIs.caller.ended, `${when}: the call ends otherwise`);
        assert.deepEqual(caller.facts, asItIs.caller.facts, `${when}: the facts are others`);
        assert.equal(differenceOf(asItIs, moved), null, when);
      }
    },
  };
}

/** What the caller heard otherwise than without the move, in words; null: nothing beyond a little that was repeated. */
function differenceOf(asItIs: Had, moved: Had): string | null {
  const [expected, heard] = [asItIs, moved].map(({ caller }) => Buffer.concat(caller.heard)) as [
    Buffer,
    Buffer,
  ];
  const { bytesPerMs } = moved.caller;
  const { heardBefore } = moved;
  const repeated = heard.length - expected.length;
  if (!heard.subarray(0, heardBefore).equals(expected.subarray(0, heardBefore))) {
    return 'the agent does not say the same in each call';
  }
  if (Math.abs(repeated) > SLACK_MS * bytesPerMs) {
    const ms = Math.round(Math.abs(repeated) / bytesPerMs);
    return repeated > 0 ? `${ms} ms are repeated` : `${ms} ms are skipped`;
  }
  const rest = expected.subarray(Math.max(0, heardBefore - repeated));
  return heard.subarray(heardBefore).equals(rest) ? null : 'the rest is not what was to be said';
}

function bytesOf(caller: ScriptedCaller): number {
  return caller.heard.reduce((bytes, { length }) => bytes + length, 0);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
