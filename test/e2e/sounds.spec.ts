import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { wavOf } from '../../src/audio/wav.js';
import { Clock } from '../../src/shared/clock.js';
import { Log } from '../../src/shared/logger.js';
import { Recordings } from '../../src/calls/recordings/recordings.js';
import { StoreSettings } from '../../src/config/settings.js';
import { Database } from '../../src/database/database.js';
import { StoreUnavailableError } from '../../src/database/store-errors.js';
import { SOUNDS_PER_USER, UserSounds } from '../../src/tenants/user-sounds.js';
import { API_KEY, THEIR_NUMBER } from '../support/gateway.js';
import { SetClock } from '../support/ledger-builders.js';
import { StreamBench } from '../support/streams.js';
import { tone } from '../support/test-signals.js';
import { toneShare } from '../support/tone-share.js';

const SOUNDS = '/api/v1/sounds';

/** A WAV of one tone. */
function wav(hertz: number, seconds: number, sampleRate = 8_000): Buffer {
  return wavOf(tone(hertz, { sampleRate, ms: seconds * 1_000 }), { sampleRate });
}

describe('a user’s own sounds', () => {
  let bench: StreamBench;
  let media = '';
  let user: ReturnType<typeof request.agent>;
  let other: ReturnType<typeof request.agent>;

  beforeAll(async () => {
    media = await mkdtemp(join(tmpdir(), 'patchbay-media-'));
    await writeFile(join(media, 'both.wav'), wav(400, 1));
    bench = await StreamBench.start({ carrier: { behaviour: {} }, env: { MEDIA_DIR: media } });
    const as = (key: string) =>
      request.agent(bench.gateway.url).set('Authorization', `Bearer ${key}`);
    user = as(API_KEY);
    const made = await user.post('/api/v1/users').send({ name: 'Other' });
    const issued = await user.post(`/api/v1/users/${made.body.user_id}/keys`).send({ name: 'k' });
    other = as(issued.body.key as string);
  });
  afterAll(async () => {
    await bench.stop();
    await rm(media, { recursive: true, force: true });
  });

  const upload = (name: string, file: Buffer, as = user, more = '') =>
    as.post(`${SOUNDS}?name=${name}${more}`).set('Content-Type', 'audio/wav').send(file);
  const announce = (sound: string, as = user) =>
    as.post('/api/v1/workflows').send({ name: sound, agent: 'announce', agent_options: { sound } });
  /** What the phone hears of a workflow's call, to its end. */
  const heard = async (workflowId: number): Promise<Buffer> => {
    const placed = await bench.api.place({ to: THEIR_NUMBER, workflow_id: workflowId });
    const phone = await bench.gateway.carrier.waitForCall(
      (one) => one.sid === placed.provider_call_id,
    );
    await phone.streamStarted;
    await phone.ended;
    return phone.heardAudio;
  };

  it('are uploaded in any rate, listed, heard by callers, renamed and deleted', async () => {
    const made = await upload('high.wav', wav(1_000, 1, 44_100));
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      name: 'high.wav',
      duration_ms: 1_000,
      bytes: 16_044,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect((await user.get(SOUNDS)).body).toEqual({ data: [made.body], next_cursor: null });
    const audio = await user.get(`${SOUNDS}/high.wav/audio`).buffer(true);
    expect([audio.headers['content-type'], (audio.body as Buffer).length]).toEqual([
      'audio/wav',
      16_044,
    ]);
    const workflow = await announce('high.wav');
    expect(workflow.status).toBe(201);
    const sound = await heard(workflow.body.workflow_id as number);
    expect(toneShare(sound, 1_000)).toBeGreaterThan(0.9);

    // A workflow names it, so it stays as it is called.
    const used = [
      await user.delete(`${SOUNDS}/high.wav`),
      await user.patch(`${SOUNDS}/high.wav`).send({ name: 'x.wav' }),
    ];
    expect(used.map(({ status, body }) => [status, body.code])).toEqual([
      [409, 'conflict'],
      [409, 'conflict'],
    ]);
    await user.delete(`/api/v1/workflows/${workflow.body.workflow_id}`).expect(204);
    const renamed = await user.patch(`${SOUNDS}/high.wav`).send({ name: 'tone.wav' });
    expect(renamed.body).toEqual({ ...made.body, name: 'tone.wav' });
    expect((await user.get(`${SOUNDS}/high.wav`)).status).toBe(404);
    await user.delete(`${SOUNDS}/tone.wav`).expect(204);
    expect((await user.get(SOUNDS)).body.data).toEqual([]);
    const { dataDir } = bench.gateway.service.app.get(StoreSettings);
    const left = await readdir(join(dataDir, 'recordings'), { recursive: true });
    expect(left.filter((file) => file.endsWith('.wav'))).toEqual([]);
  });

  it('may be what a menu has a person hear, unless the carrier has one of that name', async () => {
    const menu = (sound: string) =>
      user.post('/api/v1/workflows').send({
        name: 'To a person',
        agent: 'menu',
        agent_options: {
          start: 'sales',
          steps: { sales: { transfer: { target: 'Sales', announce: { sound } } } },
        },
        transfer_targets: [{ name: 'Sales', to: THEIR_NUMBER }],
      });
    const unknown = await menu('a-caller.wav');
    expect([unknown.status, unknown.body.detail]).toEqual([
      400,
      expect.stringContaining('there is no sound "a-caller.wav"'),
    ]);
    expect((await menu('../a-caller.wav')).body.errors).toEqual([
      {
        field: 'agent_options.steps.sales.transfer.announce.sound',
        message: 'does not have the form that is asked for',
      },
    ]);
    expect((await menu('hello-world')).status).toBe(201);
    await upload('a-caller.wav', wav(400, 1)).expect(201);
    const made = await menu('a-caller.wav');
    expect(made.status).toBe(201);
    expect((await user.delete(`${SOUNDS}/a-caller.wav`)).status).toBe(409);
    await user.delete(`/api/v1/workflows/${made.body.workflow_id}`).expect(204);
    await user.delete(`${SOUNDS}/a-caller.wav`).expect(204);
  });

  it('stay while a workflow has them for callers who wait', async () => {
    await upload('moment.wav', wav(400, 1)).expect(201);
    const made = await user
      .post('/api/v1/workflows')
      .send({ name: 'Thinks', agent: 'echo', on_wait: { sound: 'moment.wav' } });
    expect([made.status, made.body.on_wait]).toEqual([201, { sound: 'moment.wav' }]);
    expect((await user.delete(`${SOUNDS}/moment.wav`)).status).toBe(409);
    await user.patch(`/api/v1/workflows/${made.body.workflow_id}`).send({ on_wait: null });
    await user.delete(`${SOUNDS}/moment.wav`).expect(204);
  });

  it('come before those of MEDIA_DIR, and are replaced only when that is said', async () => {
    const workflow = await announce('both.wav');
    const id = workflow.body.workflow_id as number;
    expect(toneShare(await heard(id), 400)).toBeGreaterThan(0.9);
    await upload('both.wav', wav(1_000, 1)).expect(201);
    expect(toneShare(await heard(id), 1_000)).toBeGreaterThan(0.9);
    expect((await upload('both.wav', wav(700, 1))).status).toBe(409);
    const replaced = await upload('both.wav', wav(700, 2), user, '&replace=true');
    expect([replaced.status, replaced.body.duration_ms]).toEqual([200, 2_000]);
    expect(toneShare(await heard(id), 700)).toBeGreaterThan(0.9);
  });

  it('are nobody else’s', async () => {
    await upload('mine.wav', wav(400, 1)).expect(201);
    expect((await other.get(SOUNDS)).body.data).toEqual([]);
    for (const asked of [
      other.get(`${SOUNDS}/mine.wav`),
      other.get(`${SOUNDS}/mine.wav/audio`),
      other.patch(`${SOUNDS}/mine.wav`).send({ name: 'x.wav' }),
      other.delete(`${SOUNDS}/mine.wav`),
    ]) {
      expect((await asked).status).toBe(404);
    }
    const refused = await announce('mine.wav', other);
    expect([refused.status, refused.body.detail]).toEqual([
      400,
      expect.stringContaining('there is no sound "mine.wav"'),
    ]);
    // Another user's of the same name is another sound.
    await upload('mine.wav', wav(400, 2), other).expect(201);
    expect((await user.get(`${SOUNDS}/mine.wav`)).body.duration_ms).toBe(1_000);
  });

  it.each([
    ['no WAV', 'a.wav', Buffer.from('hello'), 400, 'it is not a WAV file'],
    ['an MP3', 'a.wav', Buffer.from('ID3\u0004rest'), 400, 'ffmpeg -i sound.mp3 sound.wav'],
    ['an MP3 without a tag', 'a.wav', Buffer.from([0xff, 0xfb, 0x90, 0]), 400, 'MP3'],
    ['no audio', 'a.wav', wav(400, 0), 400, 'holds no audio'],
    ['nothing', 'a.wav', Buffer.alloc(0), 400, 'not a WAV'],
    ['too long', 'a.wav', wav(400, 601, 4_000), 400, 'longer than ten minutes'],
    ['too large', 'a.wav', Buffer.alloc(10 * 1024 * 1024 + 1), 413, 'larger than 10240 KiB'],
    ['a folder', 'a%2Fb.wav', wav(400, 1), 400, 'must be 1 to 100 letters'],
    ['another ending', 'a.mp3', wav(400, 1), 400, 'end with .wav'],
    ['no name', '', wav(400, 1), 400, 'must be 1 to 100 letters'],
  ])('with %s is refused, and says why', async (_, name, file, status, why) => {
    const before = (await user.get(SOUNDS)).body as unknown;
    const refused = await upload(name, file);
    expect([refused.status, refused.body.detail]).toEqual([status, expect.stringContaining(why)]);
    expect((await user.get(SOUNDS)).body).toEqual(before);
  });

  it('follow what other instances change, and are there while the store is away', async () => {
    const { app } = bench.gateway.service;
    const clock = new SetClock(app.get(Clock).now());
    const sounds = new UserSounds(
      app.get(Database),
      app.get(Recordings),
      app.get(StoreSettings),
      clock,
      app.get(Log),
    );
    await upload('moved.wav', wav(400, 1)).expect(201);
    const first = await sounds.findForCall(1, 'moved.wav');
    expect(first).not.toBeNull();
    await upload('moved.wav', wav(400, 2), user, '&replace=true').expect(200);
    clock.advance(5_000);
    const second = await sounds.findForCall(1, 'moved.wav');
    expect(second?.durationMs).toBe(2_000);
    const database = app.get(Database);
    const away = jest.spyOn(database, 'read');
    try {
      away.mockImplementation(() => Promise.reject(new StoreUnavailableError('it is away')));
      clock.advance(5_000);
      expect(await sounds.findForCall(1, 'moved.wav')).toEqual(second);
    } finally {
      away.mockRestore();
    }
  });

  it('are at most so many', async () => {
    const { body } = await other.get(SOUNDS);
    const [{ name }] = body.data as [{ name: string }];
    await bench.gateway.service.app.get(Database).write(async (trx) => {
      const [row] = await trx.selectFrom('sounds').selectAll().where('user_id', '=', 2).execute();
      if (!row) throw new Error('there is no sound');
      const rows = Array.from({ length: SOUNDS_PER_USER - 1 }, (_, n) => ({
        ...row,
        name: `${n}.wav`,
      }));
      await trx.insertInto('sounds').values(rows).execute();
    });
    const refused = await upload('more.wav', wav(400, 1), other);
    expect([refused.status, refused.body.code]).toEqual([409, 'limit_reached']);
    // To replace one is no more than before.
    await upload(name, wav(400, 1), other, '&replace=true').expect(200);
  });
});
