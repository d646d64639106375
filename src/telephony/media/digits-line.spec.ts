import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { keysIn } from '../../../test/support/dtmf-keys.js';
import type { DigitsOutcome } from '../../agents/agent.js';
import type { DigitsWay } from './digits-line.js';
import { Playout } from './playout.js';
import { Speech } from './speech.js';
import { TimerWheel } from './timer-wheel.js';

const MS = 8;
const SPOKEN = 0x11;

/** What an agent says and presses, and what the other side hears, on a virtual clock. */
class Line {
  readonly heard: Buffer[] = [];
  readonly asked: string[] = [];
  readonly outcomes: DigitsOutcome[] = [];
  readonly playout: Playout;
  readonly speech: Speech;
  private queue: Array<Buffer | string> = [];

  constructor(by: DigitsWay['by'] = 'tones', takes = true) {
    this.playout = new Playout({
      line: {
        audio: (frame) => this.queue.push(Buffer.from(frame)) > 0,
        mark: (name) => this.queue.push(name) > 0,
        clear: () => (this.queue = []),
      },
      wheel: new TimerWheel(),
      onFlood: () => {
        throw new Error('flooded');
      },
    });
    this.speech = new Speech({
      playout: this.playout,
      format: 'mulaw_8000',
      rest: null,
      onMark: () => undefined,
      onPlayed: () => undefined,
      digits: {
        by,
        ask: (digits) => {
          this.asked.push(`${digits} after ${this.all.length / MS} ms`);
          return Promise.resolve(takes);
        },
      },
    });
  }

  get all(): Buffer {
    return Buffer.concat(this.heard);
  }

  say(ms: number): void {
    const utterance = this.speech.speak();
    utterance.write(Buffer.alloc(ms * MS, SPOKEN));
    utterance.end();
  }

  press(digits: string): void {
    void this.speech.sendDigits(digits).then((outcome) => this.outcomes.push(outcome));
  }

  /** Time passes, a frame at a time. */
  async play(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 20) {
      this.hearFrame();
      jest.advanceTimersByTime(20);
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    }
  }

  private hearFrame(): void {
    let isHeard = false;
    while (this.queue[0] !== undefined) {
      const next = this.queue[0];
      if (typeof next !== 'string' && isHeard) return;
      this.queue.shift();
      if (typeof next === 'string') this.playout.markReturned(next);
      else {
        this.heard.push(next);
        isHeard = true;
      }
    }
  }
}

describe('digits in the line of what is said', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('follow what was said before, and are followed by what is said after', async () => {
    const line = new Line();
    line.say(200);
    line.press('12');
    line.say(100);
    await line.play(550);
    expect(line.outcomes).toEqual([]);
    await line.play(400);
    expect(line.outcomes).toEqual(['sent']);
    const { all } = line;
    expect(all.subarray(0, 200 * MS)).toEqual(Buffer.alloc(200 * MS, SPOKEN));
    expect(keysIn(all.subarray(200 * MS, 600 * MS))).toBe('12');
    expect(all.subarray(600 * MS)).toEqual(Buffer.alloc(100 * MS, SPOKEN));
  });

  it('complete an utterance that is still open', async () => {
    const line = new Line();
    line.speech.sendAudio(Buffer.alloc(30 * MS, SPOKEN));
    line.press('7');
    await line.play(400);
    expect(keysIn(line.all.subarray(30 * MS))).toBe('7');
    expect(line.outcomes).toEqual(['sent']);
  });

  it('are cut off by an interruption', async () => {
    const line = new Line();
    line.press('123456');
    await line.play(500);
    line.speech.interrupt();
    await line.play(1_000);
    expect(line.outcomes).toEqual(['interrupted']);
    expect(['12', '123']).toContain(keysIn(line.all));
  });

  it('are cut off by the end of the stream', async () => {
    const line = new Line();
    line.press('1');
    line.speech.end();
    await line.play(100);
    expect(line.outcomes).toEqual(['interrupted']);
  });

  it('are heard at the moment, or not: before, between, after, and while all is paused', async () => {
    const line = new Line();
    line.say(100);
    line.press('1');
    line.say(100);
    expect(line.speech.areDigitsHeard).toBe(false);
    await line.play(180);
    expect(line.speech.areDigitsHeard).toBe(true);
    line.playout.pause();
    expect(line.speech.areDigitsHeard).toBe(false);
    line.playout.resume();
    await line.play(400);
    expect(line.speech.areDigitsHeard).toBe(false);
  });

  it('are left out of what is handed over: no key is pressed twice', async () => {
    const line = new Line();
    line.say(300);
    line.press('1234');
    line.say(400);
    await line.play(100);
    const { tail, tailMs } = line.speech.unheard();
    // What was heard of the utterance is said again with it.
    const spoken = (tail?.length ?? 0) / MS;
    expect(tail).toEqual(Buffer.alloc(spoken * MS, SPOKEN));
    expect(spoken).toBe(700);
    expect(tailMs).toBeGreaterThan(550);
    await line.play(500);
    expect(line.speech.unheard().tail).toEqual(Buffer.alloc(400 * MS, SPOKEN));
  });

  it('are asked of a carrier that sends them itself when their turn has come', async () => {
    const line = new Line('api');
    line.say(200);
    line.press('1w2');
    line.say(100);
    await line.play(1_400);
    expect(line.asked).toEqual(['1w2 after 200 ms']);
    expect(line.outcomes).toEqual(['sent']);
    // Nothing is said while they are sent.
    const silence = line.all.subarray(200 * MS, 1_100 * MS);
    expect(silence).toEqual(Buffer.alloc(900 * MS, 0xff));
    expect(line.all.subarray(1_100 * MS)).toEqual(Buffer.alloc(100 * MS, SPOKEN));
  });

  it('are not asked of the carrier when they were interrupted before', async () => {
    const line = new Line('api');
    line.say(200);
    line.press('1');
    await line.play(60);
    line.speech.interrupt();
    await line.play(500);
    expect([line.asked, line.outcomes]).toEqual([[], ['interrupted']]);
  });

  it('fail where the carrier does not take them, or cannot', async () => {
    const refusing = new Line('api', false);
    const unable = new Line('none');
    refusing.press('1');
    unable.press('1');
    await refusing.play(300);
    expect([refusing.outcomes, unable.outcomes]).toEqual([['failed'], ['failed']]);
    expect(unable.all.length).toBe(0);
  });
});
