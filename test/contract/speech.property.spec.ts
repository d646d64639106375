import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import type { Utterance } from '../../src/agents/agent.js';
import { Playout } from '../../src/telephony/media/playout.js';
import { Speech } from '../../src/telephony/media/speech.js';
import { TimerWheel } from '../../src/telephony/media/timer-wheel.js';
import { Playout as CarrierPlayout } from '../../tools/carrier/media/playout.js';

const TICK_MS = 20;

type Action =
  | { do: 'say'; ms: number; chunk: number }
  | { do: 'end' }
  | { do: 'mark' }
  | { do: 'interrupt' }
  | { do: 'cough'; ms: number }
  | { do: 'wait'; ms: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      ms: fc.integer({ min: 1, max: 1500 }),
      chunk: fc.integer({ min: 1, max: 900 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'end' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'mark' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'interrupt' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cough' as const),
      ms: fc.integer({ min: 20, max: 400 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.integer({ min: 1, max: 900 }),
    }),
  },
);

/** A stream on a virtual clock: our play-out, a network with delay, and the simulated carrier's own jitter buffer. */
class World {
  readonly settled = new Map<string, string[]>();
  readonly utterances: Utterance[] = [];
  /** Bytes of each utterance that the caller has heard: each is filled with its own number. */
  readonly heardBytes = new Map<number, number>();
  readonly errorsMs: number[] = [];
  /** What had been heard of an utterance when the `clear` of its interruption got to the carrier. */
  readonly heardAtClear = new Map<number, number>();
  private readonly carrier = new CarrierPlayout();
  private readonly playout: Playout;
  readonly speech: Speech;
  private marks = 0;
  private readonly ticking: NodeJS.Timeout;
  readonly frameLengths = new Set<number>();

  /**
   * @param outMs at least 1: fake timers would let what takes no time overtake what was sent before it
   * @param bare the carrier returns no marks and takes whole frames alone
   */
  constructor(
    private readonly outMs: number,
    private readonly backMs: number,
    bare = false,
  ) {
    this.playout = new Playout({
      line: {
        audio: (frame) => {
          this.frameLengths.add(frame.length);
          setTimeout(() => this.carrier.push(frame), this.outMs);
          return true;
        },
        mark: (name) => {
          if (bare) return false;
          setTimeout(() => this.back(this.carrier.mark(name)), this.outMs);
          return true;
        },
        clear: () => setTimeout(() => this.back(this.carrier.clear()), this.outMs),
      },
      wheel: new TimerWheel(),
      wholeFrames: bare,
      onFlood: () => {
        throw new Error('flooded');
      },
    });
    this.speech = new Speech({
      playout: this.playout,
      format: 'mulaw_8000',
      rest: null,
      onMark: (name, outcome) => {
        this.settled.set(name, [...(this.settled.get(name) ?? []), outcome]);
      },
      onPlayed: () => undefined,
      digits: { by: 'none', ask: () => Promise.resolve(false) },
    });
    this.ticking = setInterval(() => this.tick(), TICK_MS);
  }

  act(step: Action): void {
    const open = this.utterances.at(-1);
    switch (step.do) {
      case 'say': {
        const utterance = this.speech.speak();
        this.utterances.push(utterance);
        const audio = Buffer.alloc(step.ms * 8, utterance.id);
        for (let at = 0; at < audio.length; at += step.chunk) {
          utterance.write(audio.subarray(at, at + step.chunk));
        }
        return;
      }
      case 'end':
        open?.end();
        return;
      case 'mark':
        this.marks += 1;
        this.speech.mark(`m${this.marks}`);
        return;
      case 'interrupt': {
        const cut = this.utterances.filter(({ interrupted }) => !interrupted);
        this.speech.interrupt();
        setTimeout(() => {
          for (const { id, interrupted } of cut) {
            if (interrupted) this.heardAtClear.set(id, this.heardBytes.get(id) ?? 0);
          }
        }, this.outMs);
        return;
      }
      case 'cough':
        this.playout.pause();
        this.run(step.ms);
        this.playout.resume();
        return;
      case 'wait':
        this.run(step.ms);
    }
  }

  run(ms: number): void {
    for (let left = ms; left > 0; left -= TICK_MS) {
      jest.advanceTimersByTime(Math.min(left, TICK_MS));
      this.playout.check(performance.now());
      this.compare();
    }
  }

  close(): void {
    this.speech.end();
    clearInterval(this.ticking);
    jest.advanceTimersByTime(1_000);
  }

  get markNames(): string[] {
    return Array.from({ length: this.marks }, (_, index) => `m${index + 1}`);
  }

  private tick(): void {
    const { audio, marks } = this.carrier.play(160);
    this.back(marks);
    for (const id of audio) this.heardBytes.set(id, (this.heardBytes.get(id) ?? 0) + 1);
  }

  private back(names: string[]): void {
    for (const name of names) setTimeout(() => this.playout.markReturned(name), this.backMs);
  }

  private compare(): void {
    for (const utterance of this.utterances) {
      const truthMs = (this.heardBytes.get(utterance.id) ?? 0) / 8;
      this.errorsMs.push(Math.abs(utterance.heardMs - truthMs));
    }
  }
}

describe('what an agent says, on a virtual clock', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('in 1,000 histories of talk and interruption every mark is settled once, and what was heard is known', async () => {
    const errors: number[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 1, maxLength: 14 }),
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: -30, max: 30 }),
        async (steps, outMs, skewMs) => {
          const world = new World(outMs, Math.max(1, outMs + skewMs));
          for (const step of steps) world.act(step);
          world.run(300);
          errors.push(...world.errorsMs);
          world.close();
          for (const name of world.markNames) {
            expect([name, world.settled.get(name)?.length]).toEqual([name, 1]);
          }
          for (const [id, bytes] of world.heardAtClear) {
            expect([id, world.heardBytes.get(id) ?? 0]).toEqual([id, bytes]);
          }
          for (const utterance of world.utterances) {
            const how = await utterance.finished;
            expect(how === 'interrupted').toBe(utterance.interrupted);
          }
        },
      ),
      { numRuns: 1_000 },
    );
    expectKnown(errors);
  });

  it('in 300 histories so it is, within the delay of the line, at a carrier that returns no marks and takes whole frames alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 1, maxLength: 14 }),
        fc.integer({ min: 1, max: 80 }),
        async (steps, outMs) => {
          const world = new World(outMs, outMs, true);
          for (const step of steps) world.act(step);
          world.run(300);
          world.close();
          expect([...world.frameLengths].filter((length) => length !== 160)).toEqual([]);
          for (const name of world.markNames) {
            expect([name, world.settled.get(name)?.length]).toEqual([name, 1]);
          }
          for (const utterance of world.utterances) {
            const how = await utterance.finished;
            expect(how === 'interrupted').toBe(utterance.interrupted);
          }
          // Without marks the line's delay is a guess of 20 ms; a piece that was filled up counts as heard.
          expect(Math.max(0, ...world.errorsMs)).toBeLessThanOrEqual(outMs + 60);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Within what an interruption can be told by. */
function expectKnown(errors: number[]): void {
  errors.sort((a, b) => a - b);
  const p95 = errors[Math.floor(errors.length * 0.95)] ?? 0;
  console.info(
    `heard error of ${errors.length} looks: p95 ${p95.toFixed(1)} ms, max ${errors.at(-1)?.toFixed(1)} ms`,
  );
  expect(p95).toBeLessThanOrEqual(40);
  expect(errors.at(-1)).toBeLessThanOrEqual(100);
}
