import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AgentCall, Interruption } from '../../src/agents/agent.js';
import type { StreamClient } from '../../tools/carrier/media/connect-stream.js';
import { Playout } from '../../tools/carrier/media/playout.js';
import type { CallJson } from '../support/api.js';
import { StreamBench } from '../support/streams.js';
import { mulawFrames, speech } from '../support/test-signals.js';
import { LONG } from '../support/patience.js';
import { atLevel, voice as spoken } from '../support/voices.js';

const silence = (frames: number): Buffer[] =>
  Array.from({ length: frames }, () => Buffer.alloc(160, 0xff));
const cleared = ({ received }: StreamClient): number =>
  received.filter((message) => (message as { event: string }).event === 'clear').length;
const WORDS = mulawFrames(atLevel(spoken('question'), -18));
const voice = (ms: number): Buffer[] => WORDS.slice(0, ms / 20);
/** As short as a voice is that is none. */
const sound = (): Buffer[] => mulawFrames(speech({ ms: 120, dbov: -18 }));
/** What the call's timeline tells of interruptions. */
const interruptionsIn = ({ events }: CallJson) =>
  events.flatMap(({ type, detail }) => (type === 'interruption' ? [detail] : []));

const BYTES_PER_MS = 8;

/** A phone by hand: it plays by the clock, millisecond by millisecond, and takes each message when it comes. */
class Phone {
  /** What was heard in each millisecond so far; 0 is nothing. */
  readonly heard: number[] = [];
  private readonly since = performance.now();
  private readonly playout = new Playout();

  constructor(private readonly client: StreamClient) {
    for (const message of client.received) this.take(message);
    client.socket.on('message', () => this.take(client.received.at(-1)));
  }

  /** Sends a frame every 20 ms. */
  async say(frames: Buffer[]): Promise<void> {
    const start = performance.now();
    let n = 0;
    for (const frame of frames) {
      n += 1;
      this.client.sendAudio(frame);
      await sleep(Math.max(0, start + n * 20 - performance.now()));
    }
    this.play();
  }

  private take(received: unknown): void {
    this.play();
    const message = received as {
      event: string;
      media?: { payload: string };
      mark?: { name: string };
    };
    if (message.media) this.playout.push(Buffer.from(message.media.payload, 'base64'));
    if (message.event === 'clear') this.back(this.playout.clear());
    if (message.mark) this.back(this.playout.mark(message.mark.name));
  }

  private play(): void {
    const due = performance.now() - this.since;
    while (this.heard.length < due) {
      const { audio, marks } = this.playout.play(BYTES_PER_MS);
      this.back(marks);
      this.heard.push(audio[0] ?? 0);
    }
  }

  private back(names: string[]): void {
    for (const name of names) {
      this.client.send({ event: 'mark', streamSid: this.client.streamSid, mark: { name } });
    }
  }
}

describe('a caller who talks over the agent', () => {
  let bench: StreamBench;

  beforeAll(async () => {
    bench = await StreamBench.start();
  });
  afterAll(() => bench.stop());

  const connect = async (bargeIn: boolean) => {
    const interruptions: Interruption[] = [];
    let tell: (call: AgentCall) => void = () => undefined;
    const answered = new Promise<AgentCall>((resolve) => (tell = resolve));
    const workflow = await bench.workflow(
      (call) => {
        tell(call);
        return {
          onAudio: () => undefined,
          onInterrupted: (interruption) => void interruptions.push(interruption),
        };
      },
      { barge_in: bargeIn },
    );
    const answeredCall = await bench.answered(workflow);
    const client = await bench.live(answeredCall);
    const call = await answered;
    const phone = new Phone(client);
    await phone.say(silence(10));
    const reply = call.speak();
    for (let frame = 1; frame <= 150; frame += 1) reply.write(Buffer.alloc(160, frame));
    reply.end();
    await phone.say(silence(25));
    return { phone, reply, interruptions, client, runId: answeredCall.runId };
  };

  it('hears nothing any more 40 ms after he is noticed, and the agent knows what was heard', async () => {
    const [msToSilence, errors]: [number[], number[]] = [[], []];
    for (let round = 0; round < 3; round += 1) {
      const { phone, reply, interruptions, client, runId } = await connect(true);
      const before = phone.heard.length;
      await phone.say(voice(600));
      await bench.until(() => interruptions.length > 0 && cleared(client) === 1);
      await phone.say(silence(5));
      const whileTalking = phone.heard.slice(before);
      msToSilence.push(whileTalking.findLastIndex((value) => value > 0) + 1);
      expect(interruptions).toHaveLength(1);
      // What came after the `clear` would be heard now.
      expect(phone.heard.slice(-100).every((value) => value === 0)).toBe(true);
      expect(interruptions[0]?.utterance).toBe(reply);
      expect(await reply.finished).toBe('interrupted');
      const truth = phone.heard.filter((value) => value > 0).length;
      errors.push(Math.abs(reply.heardMs - truth));
      const told = await bench.api.until(runId, (call) => interruptionsIn(call).length >= 2);
      expect(interruptionsIn(told)).toEqual([
        { step: 'paused', heard_ms: expect.any(Number), generation: 1 },
        { step: 'given_up', heard_ms: Math.round(reply.heardMs), generation: 1 },
      ]);
      client.destroy();
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[1] ?? 0;
    console.info(
      `silent after ${median(msToSilence)} ms, heard error ${median(errors)} ms (medians)`,
    );
    if (!LONG) return;
    // A voice is noticed within five frames.
    expect(median(msToSilence)).toBeLessThanOrEqual(5 * 20 + 40);
    expect(median(errors)).toBeLessThanOrEqual(40);
  });

  it('but only coughs: the reply goes on where he stopped hearing it', async () => {
    const { phone, reply, interruptions, client, runId } = await connect(true);
    const before = phone.heard.length;
    await phone.say(sound());
    await phone.say(silence(160));
    expect(interruptions).toEqual([]);
    expect(await reply.finished).toBe('played');
    // It paused.
    expect(cleared(client)).toBe(1);
    const told = await bench.api.until(runId, (call) => interruptionsIn(call).length >= 2);
    expect(interruptionsIn(told)).toMatchObject([
      { step: 'paused' },
      { step: 'resumed', reason: 'nothing' },
    ]);
    client.destroy();
    if (!LONG) return;
    const values = phone.heard.filter((value) => value > 0);
    expect(
      phone.heard.slice(before, before + 400).filter((value) => value === 0).length,
    ).toBeGreaterThan(160);
    // No more than two frames are said twice or lost where it was taken up again.
    expect(new Set(values).size).toBeGreaterThanOrEqual(148);
    expect(values.length).toBeLessThanOrEqual(152 * 20);
  });

  it('is not listened to when the workflow does not say so', async () => {
    const { phone, interruptions, client } = await connect(false);
    await phone.say(voice(600));
    expect(interruptions).toEqual([]);
    expect(cleared(client)).toBe(0);
    if (LONG) expect(phone.heard.slice(-500).every((value) => value > 0)).toBe(true);
    client.destroy();
  });
});
