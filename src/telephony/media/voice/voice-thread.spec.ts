import { afterEach, describe, expect, it } from '@jest/globals';
import { InlineVoiceModel } from '../../../../test/support/ear-bench.js';
import { SilentLog } from '../../../../test/support/ledger-builders.js';
import { PATIENCE_MS, until } from '../../../../test/support/patience.js';
import { voice } from '../../../../test/support/voices.js';
import { WINDOW_BYTES } from '../../../audio/ear/voice-model.js';
import { encodeMulaw } from '../../../audio/mulaw.js';
import { CallMetrics } from '../../../calls/call-metrics.js';
import { VoiceThread } from './voice-thread.js';

const WORDS = new Uint8Array(encodeMulaw(voice('question')));
const windows = (from: number, to: number): Uint8Array =>
  WORDS.slice(from * WINDOW_BYTES, to * WINDOW_BYTES);

describe('the thread of the voice model', () => {
  let thread: VoiceThread;
  let metrics: CallMetrics;
  afterEach(() => thread.onApplicationShutdown());

  const made = (cpuPercent: number): void => {
    metrics = new CallMetrics();
    const log = new SilentLog();
    thread = new VoiceThread({ cpuPercent, metrics, log, stuckMs: PATIENCE_MS });
  };
  const listening = (onHeard: (probability: number) => void) =>
    until(() => thread.listen(8, onHeard), 'the thread runs');

  it('says what the model says, of several callers at once and in order', async () => {
    made(100);
    const inline = new InlineVoiceModel();
    const [expected, told]: [number[][], number[][]] = [
      [[], []],
      [[], []],
    ];
    const callers = [];
    for (const caller of [0, 1]) {
      const there = await listening((probability) => told[caller]?.push(probability));
      const here = inline.listen(8, (probability) => expected[caller]?.push(probability));
      callers.push({ there, here, from: caller });
    }
    for (let at = 0; at < 30; at += 3) {
      for (const { there, here, from } of callers) {
        expect(there.push(windows(from + at, from + at + 3))).toBe(true);
        here.push(windows(from + at, from + at + 3));
      }
      // However slow the machine is, the part of a core that passes is enough.
      await until(() => told.every((answers) => answers.length === at / 3 + 1));
    }
    expect(told).toEqual(expected);
    expect(metrics.voiceWindows).toBe(60);
    expect(metrics.voiceModelMs).toBeGreaterThan(0);
  });

  it('is there for the first caller who is listened to, where calls have told that they begin', async () => {
    made(100);
    thread.prepare();
    thread.prepare();
    await until(() => thread.isRunning);
    expect(thread.listen(8, () => undefined)).not.toBeNull();
    expect(metrics.voiceModelRefused).toBe(0);
  });

  it('tells nothing more to who has ended it', async () => {
    made(100);
    let told = 0;
    const ended = await listening(() => (told += 1));
    ended.push(windows(0, 3));
    ended.end();
    expect(ended.push(windows(3, 6))).toBe(false);
    let other = 0;
    const listened = await listening(() => (other += 1));
    listened.push(windows(0, 3));
    await until(() => other === 1);
    expect(told).toBe(0);
  });

  it('has no time beyond its part of a core, and none of nothing', async () => {
    made(1);
    const heard = await listening(() => undefined);
    let pushed = 0;
    while (heard.push(windows(0, 5))) pushed += 1;
    // Twenty milliseconds are saved.
    expect(pushed).toBeLessThan(100);
    expect(thread.listen(100, () => undefined)).toBeNull();
    expect(metrics.voiceModelRefused).toBeGreaterThan(1);
    await thread.onApplicationShutdown();
    made(0);
    expect(thread.listen(1, () => undefined)).toBeNull();
  });

  it('is not there any more after the end', async () => {
    made(100);
    const heard = await listening(() => undefined);
    await thread.onApplicationShutdown();
    expect(heard.push(windows(0, 3))).toBe(false);
    expect(thread.listen(1, () => undefined)).toBeNull();
  });
});
