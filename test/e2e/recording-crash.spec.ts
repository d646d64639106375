import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MULAW_SILENCE } from '../../src/audio/mulaw.js';
import { readWav } from '../../src/audio/wav.js';
import type { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { Api } from '../support/api.js';
import { API_KEY, THEIR_NUMBER } from '../support/gateway.js';
import { KillableGateway } from '../support/killable-gateway.js';
import { LONG, until } from '../support/patience.js';
import { sqliteStores, type TestStore } from '../support/stores.js';

const HEADER_BYTES = 58;
/** Audio that is newer than this may not be in the file yet. */
const NOT_YET_SECONDS = LONG ? 4.5 : 6;

describe('a call that is being recorded while the process is killed', () => {
  let carrier: SimulatedCarrier;
  let gateway: KillableGateway;
  let store: TestStore;

  beforeAll(async () => {
    store = await sqliteStores.create();
    await store.database.close();
    ({ carrier, gateway } = await KillableGateway.besideCarrier(store));
  });
  afterAll(async () => {
    await gateway.kill();
    await carrier.stop();
    await store.remove();
  });

  it('leaves a WAV that every player takes, short of the last seconds only', async () => {
    await gateway.start();
    const api = new Api(gateway);
    const { body } = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Recorded',
      agent: 'echo',
      recording: true,
    });
    const call = await api.place({ to: THEIR_NUMBER, workflow_id: body.workflow_id });
    const phone = await carrier.waitForCall((one) => one.sid === call.provider_call_id);
    await until(() => phone.heardAudio.length >= 6 * 8_000);
    await gateway.kill();
    // What came back had been recorded, however far behind the gateway was.
    const spoken = phone.heardAudio.length / 8_000;
    phone.hangUp();

    const { DATA_DIR = '' } = store.env;
    const waiting = join(DATA_DIR, 'recordings-waiting');
    const names = (await readdir(waiting, { recursive: true })).filter((name) =>
      name.endsWith('.wav'),
    );
    expect(names).toHaveLength(1);
    const file = await readFile(join(waiting, names[0] ?? ''));
    // Nobody was left to say how much it is: its audio goes on to the end of the file.
    expect([file.readUInt32LE(4), file.readUInt32LE(54)]).toEqual([0xffff_ffff, 0xffff_ffff]);
    const wav = readWav(file);
    if ('problem' in wav) throw new Error(wav.problem);
    expect(wav.samples.length).toBe(Math.floor((file.length - HEADER_BYTES) / 2));
    expect(wav.samples.length / 8_000).toBeGreaterThan(spoken - NOT_YET_SECONDS);
    const audio = file.subarray(HEADER_BYTES);
    expect(audio.some((byte) => byte !== MULAW_SILENCE)).toBe(true);

    await gateway.start();
    const fetched = await until(async () => {
      const reply = await fetch(
        `${gateway.url}/api/v1/telephony/calls/${call.workflow_run_id}/recording?encoding=mulaw`,
        { headers: { authorization: `Bearer ${API_KEY}` } },
      );
      return reply.status === 200 && Buffer.from(await reply.arrayBuffer());
    }, 'what the crash left is stored');
    // The next start takes what the disk has.
    expect(fetched.length).toBe(file.length);
    expect(fetched.subarray(HEADER_BYTES).equals(file.subarray(HEADER_BYTES))).toBe(true);
  });
});
