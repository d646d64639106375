import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { decodeMulaw } from '../../src/audio/mulaw.js';
import type { AgentCall, AgentSession } from '../../src/agents/agent.js';
import { Recordings } from '../../src/calls/recordings/recordings.js';
import { API_KEY, THEIR_NUMBER } from '../support/gateway.js';
import { expectQuick, until } from '../support/patience.js';
import { S3Double } from '../support/s3-double.js';
import { StreamBench } from '../support/streams.js';

describe('a recorded call', () => {
  let bench: StreamBench;
  let user: ReturnType<typeof request.agent>;
  let runId = 0;
  let said = Buffer.alloc(0);
  const path = (id = runId): string => `/api/v1/telephony/calls/${id}/recording`;

  beforeAll(async () => {
    bench = await StreamBench.start({ carrier: { behaviour: {} } });
    user = request.agent(bench.gateway.url).set('Authorization', `Bearer ${API_KEY}`);
    const made = await user
      .post('/api/v1/workflows')
      .send({ name: 'Recorded echo', agent: 'echo', recording: true });
    const placed = await bench.api.place({
      to: THEIR_NUMBER,
      workflow_id: made.body.workflow_id as number,
    });
    runId = placed.workflow_run_id;
    const phone = await bench.gateway.carrier.waitForCall(
      (one) => one.sid === placed.provider_call_id,
    );
    await bench.until(() => phone.heardAudio.length > 3 * 8_000);
    phone.hangUp();
    await bench.ended(runId);
    said = Buffer.concat([...phone.sentFrames]);
    await closed(runId, said);
  });
  afterAll(() => bench.stop());

  const segment = (id: number): string =>
    join(bench.gateway.dataDir, 'recordings', String(id), '1-0.mulaw.wav');
  /** It is stored a moment after the ledger has the end, and whole from then on. */
  const closed = (id: number, spoken: Buffer): Promise<unknown> =>
    until(async () => {
      const file = await readFile(segment(id)).catch(() => Buffer.alloc(0));
      return file.length > 58 + 2 * (spoken.length - 1_600);
    }, 'the recording is stored');

  it('is a stereo WAV: the caller left, what he heard right, a moment later', async () => {
    const reply = await user.get(path()).buffer(true).parse(bytes).expect(200);
    expect(reply.headers).toMatchObject({
      'content-type': 'audio/wav',
      'cache-control': 'private, no-store',
      'accept-ranges': 'bytes',
      'content-disposition': `attachment; filename="call-${runId}.wav"`,
    });
    const wav = reply.body as Buffer;
    expect([wav.readUInt16LE(22), wav.readUInt32LE(24)]).toEqual([2, 8_000]);
    const [left, right] = [channelOf(wav, 0), channelOf(wav, 2)];
    expect(left.length / 8_000).toBeGreaterThan(3);
    const spoken = decodeMulaw(said);
    const shift = bestShift(spoken, left, 1_600);
    expect(shift.match).toBeGreaterThan(0.99);
    const echo = echoOf(left, right);
    expect(echo.found).toBeGreaterThan(0.95);
    // Heard after it was said, and within a fifth of a second.
    expect(echo.afterMs).toBeGreaterThanOrEqual(0);
    expectQuick(echo.afterMs, 200);
  });

  it('has what was said before the agent answered where it was said', async () => {
    const slow = async (call: AgentCall): Promise<AgentSession> => {
      await new Promise((next) => setTimeout(next, 1_000));
      return { onAudio: (audio) => call.sendAudio(audio) };
    };
    const { workflow_run_id: id, provider_call_id: sid } = await bench.api.place({
      to: THEIR_NUMBER,
      workflow_id: await bench.workflow(slow, { recording: true }),
    });
    const phone = await bench.gateway.carrier.waitForCall((one) => one.sid === sid);
    await bench.until(() => phone.heardAudio.length > 3 * 8_000);
    phone.hangUp();
    await bench.ended(id);
    await closed(id, Buffer.concat([...phone.sentFrames]));
    const wav = (await user.get(path(id)).buffer(true).parse(bytes).expect(200)).body as Buffer;
    const [left, right] = [channelOf(wav, 0), channelOf(wav, 2)];
    const echo = echoOf(left, right);
    expect(echo.found).toBeGreaterThan(0.95);
    expect(echo.afterMs).toBeGreaterThan(950);
    expectQuick(echo.afterMs, 1_400);
  });

  it('is sent in μ-law to whoever asks for it, with a tag of its own', async () => {
    const pcm = await user.get(path()).buffer(true).parse(bytes).expect(200);
    const asked = user.get(`${path()}?encoding=mulaw`);
    const reply = await asked.buffer(true).parse(bytes).expect(200);
    const wav = reply.body as Buffer;
    expect([wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt16LE(34)]).toEqual([7, 2, 8]);
    const samples = Buffer.from(decodeMulaw(wav.subarray(58)).buffer);
    expect(samples.equals((pcm.body as Buffer).subarray(44))).toBe(true);
    expect(reply.headers['etag']).not.toBe(pcm.headers['etag']);
    const refused = await user.get(`${path()}?encoding=mp3`);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
  });

  it('is sent in ranges', async () => {
    const size = Number((await user.head(path()).expect(200)).headers['content-length']);
    const first = await user.get(path()).set('Range', 'bytes=0-43').buffer(true).parse(bytes);
    expect([first.status, first.headers['content-range']]).toEqual([206, `bytes 0-43/${size}`]);
    expect((first.body as Buffer).toString('latin1', 0, 4)).toBe('RIFF');
    const last = await user.get(path()).set('Range', 'bytes=-100').buffer(true).parse(bytes);
    expect([last.status, (last.body as Buffer).length]).toEqual([206, 100]);
    const beyond = await user.get(path()).set('Range', `bytes=${size}-`);
    expect([beyond.status, beyond.body.code]).toEqual([416, 'range_not_satisfiable']);
    expect(beyond.headers['content-range']).toBe(`bytes */${size}`);
    const several = await user.get(path()).set('Range', 'bytes=0-1,5-6').buffer(true).parse(bytes);
    expect([several.status, (several.body as Buffer).length]).toEqual([200, size]);
  });

  it('is sent from where a client stopped only while it is the same', async () => {
    const tag = String((await user.head(path()).expect(200)).headers['etag']);
    const from = (condition: string) =>
      user.get(path()).set({ Range: 'bytes=44-', 'If-Range': condition }).buffer(true).parse(bytes);
    expect((await from(tag)).status).toBe(206);
    expect((await from('"another"')).status).toBe(200);
  });

  it('is for its owner alone', async () => {
    const made = await user.post('/api/v1/users').send({ name: 'Other' });
    const key = await user.post(`/api/v1/users/${made.body.user_id}/keys`).send({ name: 'k' });
    const reply = await request(bench.gateway.url)
      .get(path())
      .set('Authorization', `Bearer ${key.body.key}`);
    expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
    expect((await request(bench.gateway.url).get(path())).status).toBe(401);
  });

  it('lies where only the service reads it', async () => {
    const file = segment(runId);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    for (const directory of ['..', '../..']) {
      expect((await stat(join(file, directory))).mode & 0o777).toBe(0o700);
    }
  });

  it('is there while the call goes on, and only where the workflow says so', async () => {
    const call = await bench.answered();
    const client = await bench.live(call);
    await user.get(path(call.runId)).expect(404);
    client.destroy();
    await bench.ended(call.runId);
  });

  it('is erased with its call', async () => {
    await user.delete(`/api/v1/telephony/calls/${runId}`).expect(204);
    const reply = await user.get(path());
    expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
    expect(await bench.gateway.service.app.get(Recordings).find(runId)).toBeNull();
  });
});

describe('a recorded call, kept in a bucket', () => {
  let s3: S3Double;
  let bench: StreamBench;

  beforeAll(async () => {
    s3 = await S3Double.start();
    bench = await StreamBench.start({ carrier: { behaviour: {} }, env: s3.env() });
  });
  afterAll(async () => {
    await bench.stop();
    await s3.stop();
  });

  it('is fetched from there and erased there, and a bucket that is away changes nothing', async () => {
    const user = request.agent(bench.gateway.url).set('Authorization', `Bearer ${API_KEY}`);
    const { workflow_run_id: runId, provider_call_id: sid } = await bench.api.place({
      to: THEIR_NUMBER,
      workflow_id: await bench.workflow((call) => ({ onAudio: (audio) => call.sendAudio(audio) }), {
        recording: true,
      }),
    });
    const call = `/api/v1/telephony/calls/${runId}`;
    const phone = await bench.gateway.carrier.waitForCall((one) => one.sid === sid);
    await bench.until(() => phone.heardAudio.length > 8_000);
    phone.hangUp();
    await bench.ended(runId);
    const object = await until(() => s3.objects.get(`calls/${runId}/1-0.mulaw.wav`));
    const recordings = bench.gateway.service.app.get(Recordings);
    await until(() => recordings.waiting === 0);

    const asKept = user.get(`${call}/recording?encoding=mulaw`);
    const reply = await asKept.buffer(true).parse(bytes).expect(200);
    expect((reply.body as Buffer).equals(object)).toBe(true);
    s3.away = true;
    for (const asked of [() => user.get(`${call}/recording`), () => user.delete(call)]) {
      const refused = await asked();
      expect([refused.status, refused.body.code]).toEqual([503, 'store_unavailable']);
      expect(refused.headers['retry-after']).toBe('5');
    }
    expect((await bench.api.call(runId)).to).toBe(THEIR_NUMBER);
    s3.away = false;
    await user.delete(call).expect(204);
    await user.get(`${call}/recording`).expect(404);
    expect([[...s3.objects.keys()], s3.refused]).toEqual([[], []]);
  });
});

/** A supertest parser that keeps bytes. */
function bytes(
  response: request.Response | NodeJS.ReadableStream,
  done: (error: Error | null, body: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  const stream = response as unknown as NodeJS.ReadableStream;
  stream.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  stream.on('end', () => done(null, Buffer.concat(chunks)));
}

function channelOf(wav: Buffer, offset: 0 | 2): Int16Array {
  return Int16Array.from({ length: (wav.length - 44) / 4 }, (_, n) =>
    wav.readInt16LE(44 + n * 4 + offset),
  );
}

/** How far `late` is behind `early`, in samples, and how well they then agree over a second. */
function bestShift(early: Int16Array, late: Int16Array, most: number) {
  const from = 8_000;
  let best = { shift: 0, match: 0 };
  for (let shift = -400; shift <= most; shift += 1) {
    let same = 0;
    for (let n = 0; n < 800; n += 1) {
      if (early[from + n * 10] === late[from + n * 10 + shift]) same += 1;
    }
    if (same / 800 > best.match) best = { shift, match: same / 800 };
  }
  return best;
}

/**
 * How much of what was said in one second is heard again, frame by frame, and how much later (the median):
 * between two frames there is a pause where the machine was busy.
 */
function echoOf(said: Int16Array, heard: Int16Array): { found: number; afterMs: number } {
  const delays = Array.from({ length: 50 }, (_, n) => {
    const from = 8_000 + n * 160;
    const isHere = (at: number): boolean =>
      said.subarray(from, from + 40).every((sample, index) => heard[at + index] === sample);
    for (let at = from; at < heard.length; at += 1) if (isHere(at)) return (at - from) / 8;
    return null;
  }).filter((delay) => delay !== null);
  return {
    found: delays.length / 50,
    afterMs: delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)] ?? -1,
  };
}
