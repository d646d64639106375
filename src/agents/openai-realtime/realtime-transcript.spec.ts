import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  REALTIME_KEY,
  RealtimeServer,
  type RealtimePeer,
} from '../../../test/support/realtime-server.js';
import { SilentLog } from '../../../test/support/ledger-builders.js';
import { until } from '../../../test/support/patience.js';
import { ScriptedCaller } from '../test-kit/scripted-caller.js';
import { OpenAiRealtimeAgent } from './openai-realtime.agent.js';
import { OpenAiSettings } from './openai-realtime.variables.js';
import { heldSounds } from '../../../test/support/held-sounds.js';

let server: RealtimeServer;
let base = '';
let caller: ScriptedCaller;
let peer: RealtimePeer;

beforeEach(async () => {
  server = new RealtimeServer();
  base = await server.listen();
  caller = new ScriptedCaller(agent(), { options: { instructions: 'Be kind.' } });
  await caller.connect();
  peer = await session(1);
});
afterEach(async () => {
  await caller.hangUp();
  const { peers } = server;
  await server.close();
  expect(peers.flatMap(({ mistakes }) => mistakes)).toEqual([]);
});

const agent = (): OpenAiRealtimeAgent =>
  new OpenAiRealtimeAgent(
    new OpenAiSettings({ apiKey: REALTIME_KEY, baseUrl: base }),
    heldSounds(),
    new SilentLog(),
  );
const session = async (number: number): Promise<RealtimePeer> => {
  const found = await until(() => server.peers[number - 1]);
  await until(() => found.of('session.update').length > 0);
  await arrived(found);
  return found;
};
/** Resolves when everything sent so far has been received and answered. */
const arrived = async (of: RealtimePeer): Promise<void> => {
  for (let turn = 0; turn < 2; turn += 1) {
    const pong = new Promise((resolve) => of.socket.once('pong', resolve));
    of.socket.ping();
    await pong;
  }
};
/** A reply of so many words, of 100 ms each. */
const say = async (of: RealtimePeer, words: string) => {
  const id = of.say(words.split(' ').length * 100, 1);
  of.send({ type: 'response.output_audio_transcript.delta', item_id: id, delta: words });
  of.finish();
  await arrived(of);
};
const told = () => caller.transcript.map(({ speaker, text }) => `${speaker}: ${text}`);

it('has what the model said once it was heard, and what the caller said once it was written down', async () => {
  await say(peer, 'one two three four');
  await caller.listen(380);
  expect(told()).toEqual([]);
  await caller.listen(40);
  peer.callerBegins();
  const type = 'conversation.item.input_audio_transcription.completed';
  peer.send({ type, item_id: 'user', content_index: 0, transcript: 'My parcel is late.' });
  await arrived(peer);
  expect(told()).toEqual(['agent: one two three four', 'caller: My parcel is late.']);
  expect(caller.transcript.every(({ final, agoMs = -1 }) => final && agoMs >= 0)).toBe(true);
});

it('has no more of what the model said than the caller has heard', async () => {
  await say(peer, 'one two three four five six seven eight nine ten');
  await caller.listen(420);
  peer.callerBegins();
  await arrived(peer);
  expect(told()).toEqual(['agent: one two three four']);
});

it('has what was heard by the end of the call', async () => {
  await say(peer, 'one two three four five six seven eight nine ten');
  await caller.listen(420);
  await caller.hangUp();
  expect(told()).toEqual(['agent: one two three four']);
});

it('has each thing once when the call is moved in the midst of it', async () => {
  await say(peer, 'one two three four five six seven eight nine ten');
  await caller.listen(420);
  await caller.move({ to: agent() });
  const next = await session(2);
  expect(told()).toEqual([]);
  await caller.hearOut();
  expect(told()).toEqual(['agent: one two three four five six seven eight nine ten']);
  await say(next, 'and more');
  await caller.hearOut();
  expect(told()).toEqual([
    'agent: one two three four five six seven eight nine ten',
    'agent: and more',
  ]);
});

it('has what was heard of an earlier session when the caller speaks over it', async () => {
  await say(peer, 'one two three four five six seven eight nine ten');
  await caller.listen(420);
  await caller.move({ to: agent() });
  const next = await session(2);
  await caller.listen(400);
  next.callerBegins();
  await arrived(next);
  expect(told()).toEqual(['agent: one two three four five six']);
});
