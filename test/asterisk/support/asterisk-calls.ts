import { expect } from '@jest/globals';
import { pcmSamples } from '../../../src/audio/pcm.js';
import { WAV_HEADER_BYTES } from '../../../src/audio/wav.js';
import { PHONE_NUMBER } from '../../../tools/asterisk/config-files.js';
import { likeness } from '../../../tools/asterisk/likeness.js';
import { Api, type CallJson } from '../../support/api.js';
import { LONG, until } from '../../support/patience.js';
import { OUR_NUMBER, type AsteriskBench } from './asterisk-bench.js';

/** How alike a sound must be after its way through Asterisk. */
const ALIKE = 0.95;
const SECONDS_COMPARED = 4;
/** 20 ms at 8 kHz. */
const FRAME_SAMPLES = 160;
/** By so many frames a recording may be shorter than what came: audio has its place by its arrival. */
const FRAMES_LOOSE = 10;

/** What the tests do with calls: the phone's side, and ours. */
export class AsteriskCalls {
  readonly api: Api;

  constructor(private readonly bench: AsteriskBench) {
    this.api = new Api(bench);
  }

  /** Until a dial would be heard of. */
  async ready(): Promise<void> {
    await until(async () => {
      // To nobody, so that nothing rings. Asterisk is not even asked while the feed is not read.
      const { body } = await this.api.request<CallJson & { code?: string }>(
        'POST',
        '/telephony/calls',
        { workflow_id: 1, to: '+12025550199' },
      );
      return body.code === 'provider_rejected' || (body.provider_call_id ?? null) !== null;
    }, 'the feed is read');
  }

  async workflow(fields: Record<string, unknown>): Promise<number> {
    const reply = await this.api.request<{ workflow_id: number }>('POST', '/workflows', fields);
    expect(reply).toMatchObject({ status: 201 });
    return reply.body.workflow_id;
  }

  async claim(workflowId: number): Promise<void> {
    const number = { number: OUR_NUMBER, account: 'asterisk', workflow_id: workflowId };
    const { status } = await this.api.request('POST', '/phone-numbers', number);
    expect(status).toBe(201);
  }

  place(workflowId: number, fields: Record<string, unknown> = {}): Promise<CallJson> {
    return this.api.place({ workflow_id: workflowId, to: PHONE_NUMBER, ...fields });
  }

  /** Placed, answered by the phone, and its stream open. */
  async talking(workflowId: number): Promise<CallJson> {
    const run = await this.place(workflowId);
    await this.bench.phone.heard('CALL_INCOMING');
    this.bench.phone.command('accept');
    return this.become(run, { status: 'answered', streaming: true });
  }

  /** The phone calls us. Resolves with the call once there is one. */
  async dialIn(number: string): Promise<CallJson> {
    const before = (await this.newest())?.workflow_run_id ?? 0;
    this.dial(number);
    return until(async () => {
      const newest = await this.newest();
      return newest && newest.workflow_run_id > before && newest;
    }, 'there is a call');
  }

  dial(number: string): void {
    const { sip } = this.bench.asterisk.ports;
    this.bench.phone.command('dial', `sip:${number}@127.0.0.1:${sip}`);
  }

  async hangUp({ workflow_run_id: runId }: CallJson): Promise<void> {
    await this.api.request('POST', `/telephony/calls/${runId}/hangup`);
  }

  become(
    { workflow_run_id: runId }: Pick<CallJson, 'workflow_run_id'>,
    fields: Partial<CallJson>,
  ): Promise<CallJson> {
    return until(
      async () => {
        const now = await this.api.call(runId);
        const names = Object.keys(fields) as Array<keyof CallJson>;
        return names.every((name) => now[name] === fields[name]) && now;
      },
      `the call became ${JSON.stringify(fields)}`,
    );
  }

  /** However it ended. */
  ended({ workflow_run_id: runId }: Pick<CallJson, 'workflow_run_id'>): Promise<CallJson> {
    return this.api.until(runId, ({ ended_at: endedAt }) => endedAt !== null);
  }

  async heardEnough(): Promise<void> {
    await until(
      () => secondsOfSound(this.bench.phone.recording()) > SECONDS_COMPARED,
      'the phone has heard enough',
    );
  }

  /** Both sides of a recorded call, compared with what the phone played and heard. */
  async expectAudio(run: CallJson): Promise<void> {
    const { heard, said } = await this.recorded(run);
    expectAlike(this.bench.plays, heard);
    expectAlike(said, this.bench.phone.recording());
  }

  private async recorded({
    workflow_run_id: runId,
  }: CallJson): Promise<{ heard: Int16Array; said: Int16Array }> {
    const frames = await until(async () => {
      const { events } = await this.api.call(runId);
      const ended = events.find(({ detail }) => detail['stream'] === 'ended');
      return Number(ended?.detail['frames_in']) || null;
    }, 'the stream has ended');
    // Asked for earlier, the recording is given so far: its last seconds are written after the call.
    const least = (frames - FRAMES_LOOSE) * FRAME_SAMPLES;
    const samples = await until(async () => {
      const got = await fetch(`${this.bench.url}/api/v1/telephony/calls/${runId}/recording`, {
        headers: { authorization: `Bearer ${this.api.key}`, connection: 'close' },
      });
      const both = pcmSamples(Buffer.from(await got.arrayBuffer()).subarray(WAV_HEADER_BYTES));
      return got.ok && both.length / 2 >= least && both;
    }, 'the recording is whole');
    const side = (of: number): Int16Array => samples.filter((_, index) => index % 2 === of);
    return { heard: side(0), said: side(1) };
  }

  private async newest(): Promise<CallJson | undefined> {
    const { body } = await this.api.request<{ data: CallJson[] }>(
      'GET',
      '/telephony/calls?limit=1',
    );
    return body.data[0];
  }
}

/** The seconds in which there is something to hear. */
export function secondsOfSound(samples: Int16Array): number {
  return samples.filter((sample) => Math.abs(sample) > 300).length / 8_000;
}

export function expectAlike(played: Int16Array, heard: Int16Array): void {
  const found = likeness(played, heard);
  const { correlation, atBest, windows, shiftMs } = found;
  // Before the verdict, which says less.
  process.stderr.write(
    `audio: correlation ${correlation.toFixed(3)}, ${atBest.toFixed(3)} at best, over ${windows} windows, ${shiftMs} ms later\n`,
  );
  expect(windows).toBeGreaterThan(5);
  // Everything is late on a busy machine, the phone's own frames too.
  expect(LONG ? correlation : atBest).toBeGreaterThan(ALIKE);
}
