import { describe, expect, it } from '@jest/globals';
import type { TransferInstruction } from '../answer-instruction.js';
import type { AriAnswer, AriConnection } from './ari-connection.js';
import type { AriChannel, AriEvent } from './ari-messages.js';
import { bridgeIdOf, ChannelNames } from './channel-names.js';
import { MediaChannels } from './media-channels.js';
import { OpenDials } from './open-dials.js';
import { PersonChannels } from './person-channels.js';

const CALL = '1795745866.5';
const DONE: AriAnswer = { status: 204, body: null };
const NOT_FOUND: AriAnswer = { status: 404, body: { message: 'not found' } };
const INSTRUCTION: TransferInstruction = {
  kind: 'transfer',
  transfer: 1,
  to: '+14155552671',
  from: '+12025550100',
  timeoutSeconds: 30,
  announce: { sound: 'ours.wav' },
  sound: Buffer.alloc(160),
  urls: { action: '', events: '', announce: '' },
};

/** The channels and bridges of an Asterisk, as far as these requests change them. */
class Rooms {
  readonly channels = new Set([CALL]);
  /** Who is in each. */
  readonly bridges = new Map<string, Set<string>>();

  readonly ari = {
    app: 'patchbay',
    ask: async (method: string, uri: string, query: Record<string, unknown> = {}) =>
      this.take(method, uri.split('/'), query),
  } as unknown as AriConnection;

  /** A channel is gone, and out of its bridge. */
  hangUp(id: string): void {
    this.channels.delete(id);
    for (const inside of this.bridges.values()) inside.delete(id);
  }

  private take(
    method: string,
    [kind = '', id = '', action]: string[],
    query: Record<string, unknown>,
  ): AriAnswer {
    if (kind === 'channels') {
      if (id === 'create') return { status: 500, body: { message: 'Allocation failed' } };
      if (method === 'POST' && action === undefined) return this.create(id);
      if (!this.channels.has(id)) return NOT_FOUND;
      if (method === 'DELETE' && action === undefined) this.hangUp(id);
      return method === 'GET' ? { status: 200, body: { id } } : DONE;
    }
    if (action === 'addChannel') {
      const all = String(query['channel']).split(',');
      if (!all.every((one) => this.channels.has(one))) return NOT_FOUND;
      for (const one of all) this.bridges.get(id)?.add(one);
      return DONE;
    }
    if (method === 'POST') this.bridges.set(id, new Set());
    if (method === 'DELETE') this.bridges.delete(id);
    if (method !== 'GET') return DONE;
    const body = [...this.bridges].map(([one, inside]) => ({ id: one, channels: [...inside] }));
    return { status: 200, body };
  }

  private create(id: string): AriAnswer {
    this.channels.add(id);
    return { status: 200, body: { id } };
  }
}

function told(type: string, channel: Partial<AriChannel>): AriEvent {
  return { type, at: null, channel: channel as AriChannel, fields: {} };
}

describe('the bridge of a call that is over', () => {
  it('goes, though it was made after the end of the call was handled', async () => {
    const rooms = new Rooms();
    const names = new ChannelNames('patchbay');
    const media = new MediaChannels(rooms.ari, 'ulaw');
    let failed: (problem: string) => void = () => undefined;
    const people = new PersonChannels(
      rooms.ari,
      names,
      { app: 'patchbay', dial: 'PJSIP/{number}' },
      new OpenDials(),
      media,
      {
        play: () => new Promise<string>((resolve) => (failed = resolve)),
        stop: () => undefined,
        stopAll: () => undefined,
        sweep: () => undefined,
      },
    );
    await people.call(CALL, INSTRUCTION);
    const person = names.ofPerson(CALL, 1);
    people.told(told('StasisStart', { id: person, appData: 'announce' }), () => undefined);
    rooms.hangUp(CALL);
    await media.detach(CALL);
    await people.detach(CALL);
    expect([...rooms.channels, ...rooms.bridges.keys()]).toEqual([]);
    // Nobody has told yet that the person is gone too.
    failed('Channel not found');
    await new Promise(setImmediate);
    expect([...rooms.bridges.keys()]).toEqual([]);
  });

  it.each(['is over', 'goes on'])('stays or goes as the call: it %s', async (what) => {
    const rooms = new Rooms();
    rooms.bridges.set(bridgeIdOf(CALL), new Set());
    if (what === 'is over') rooms.hangUp(CALL);
    const attached = await new MediaChannels(rooms.ari, 'ulaw').attach(CALL, {});
    expect(attached.kind).toBe('failed');
    expect(rooms.bridges.has(bridgeIdOf(CALL))).toBe(what === 'goes on');
  });

  it('goes when we are connected again, unless somebody is in it', async () => {
    const rooms = new Rooms();
    for (const id of [CALL, 'ended.1', 'ended.2']) rooms.bridges.set(bridgeIdOf(id), new Set());
    rooms.bridges.set('of-another-program', new Set());
    rooms.bridges.get(bridgeIdOf('ended.2'))?.add('somebody');
    await new MediaChannels(rooms.ari, 'ulaw').sweep([]);
    expect([...rooms.bridges.keys()]).toEqual([
      bridgeIdOf(CALL),
      bridgeIdOf('ended.2'),
      'of-another-program',
    ]);
  });
});
