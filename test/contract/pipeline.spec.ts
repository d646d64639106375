import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { speakingAs } from '../../src/audio/transcoder.js';
import type { OnWait } from '../../src/agents/agent.js';
import { OpenAiSettings } from '../../src/agents/openai-realtime/openai-realtime.variables.js';
import { PipelineAgent } from '../../src/agents/pipeline/pipeline.agent.js';
import { RelaySettings } from '../../src/agents/relay/relay.variables.js';
import { agentAcceptance } from '../../src/agents/test-kit/agent-acceptance.js';
import { ScriptedCaller } from '../../src/agents/test-kit/scripted-caller.js';
import { SilentLog } from '../support/ledger-builders.js';
import { ModelServers, MS_PER_CHARACTER, MS_PER_WORD } from '../support/model-servers.js';
import { LONG, until } from '../support/patience.js';
import { heldSounds } from '../support/held-sounds.js';

/** A sound that is in nothing that is said. */
const WAIT = Buffer.alloc(400 * 8, 1);

const agent = (): PipelineAgent =>
  new PipelineAgent(
    new OpenAiSettings(),
    new RelaySettings({ allowedHosts: ['127.0.0.1'] }),
    heldSounds({ 'wait.wav': WAIT }),
    new SilentLog(),
  );

const asMulaw = (text: string): Buffer => {
  const encoder = speakingAs('pcm_24000');
  return Buffer.concat([encoder.write(ModelServers.audioOf(text)), encoder.flush()]);
};
const roles = (messages: ReadonlyArray<{ role: string; content: string | null }> = []) =>
  messages.slice(1).map(({ role, content }) => `${role}: ${content}`);

/** Until the agent knows that these words of its were heard. */
async function heardOut(caller: ScriptedCaller, words: string): Promise<void> {
  await until(async () => {
    await caller.hearOut();
    return caller.transcript.some(
      ({ speaker, text }) => speaker === 'agent' && text.includes(words),
    );
  }, `"${words}" is heard`);
}

describe('pipeline', () => {
  let servers: ModelServers;
  const options: Record<string, unknown> = {};

  beforeEach(async () => {
    servers = await ModelServers.start();
    Object.assign(options, servers.options);
  });
  afterEach(async () => {
    expect(servers.mistakes).toEqual([]);
    await servers.stop();
  });

  agentAcceptance({
    create: agent,
    options,
    resumption: {
      moves: LONG ? 100 : 10,
      script: async (caller) => {
        // The same is asked, and answered, again where a call is moved meanwhile.
        servers.heard = Array<string>(3).fill('What are your hours?');
        servers.answers = Array<string>(3).fill(
          'We are open from nine to five. On Sundays we are closed.',
        );
        await caller.say(800);
        await caller.listen(620);
        await heardOut(caller, 'we are closed.');
        await caller.hangUp();
      },
    },
    badOptions: [
      {},
      { instructions: '' },
      { instructions: 'x', chat_url: 'http://10.0.0.1/v1' },
      { instructions: 'x', speech_url: 'ftp://127.0.0.1/v1' },
      { ...options, instructions: 'x', tools: [{ name: 'hang_up', description: 'again' }] },
      { instructions: 'x', speech_sample_rate: 4_000 },
      { ...options, instructions: 'x', speech_word_times: 'always' },
      { ...options, instructions: 'x', transcription_by: 'post' },
    ],
  });

  const begin = async (
    more: object = {},
    transferTargets: string[] = [],
    onWait: OnWait | null = null,
  ) => {
    const caller = new ScriptedCaller(agent(), {
      options: { ...options, ...more },
      transferTargets,
      onWait,
    });
    await caller.connect();
    return caller;
  };
  /** The caller says something that is understood so, and is answered. */
  const ask = async (caller: ScriptedCaller, text: string): Promise<void> => {
    servers.heard.push(text);
    const { length } = servers.chats;
    await caller.say(600);
    await caller.listen(700);
    await until(() => servers.chats.length > length, 'the model is asked');
  };
  const said = async (count: number): Promise<void> => {
    await until(() => servers.spoken.length >= count, `${count} sentences are made`);
  };

  it('says its greeting, writes down a turn, and says the answer sentence by sentence', async () => {
    const caller = await begin({ greeting: 'Good morning!' });
    await heardOut(caller, 'Good morning!');
    expect(Buffer.concat(caller.heard).indexOf(asMulaw('Good morning!'))).toBeGreaterThanOrEqual(0);
    servers.answers = ['From nine. Until five, that is.'];
    await ask(caller, 'When are you open?');
    await said(3);
    expect(servers.spoken).toEqual(['Good morning!', 'From nine.', 'Until five, that is.']);
    expect(roles(servers.chats[0])).toEqual([
      'assistant: Good morning!',
      'user: When are you open?',
    ]);
    expect(servers.chats[0]?.[0]).toEqual({ role: 'system', content: 'Be brief.' });
    // The turn, without most of the silence that ended it.
    expect(servers.uploads).toEqual([{ seconds: expect.closeTo(0.9, 1), language: null }]);
    await heardOut(caller, 'that is.');
    expect(caller.transcript.map(({ speaker, text }) => `${speaker}: ${text}`)).toEqual([
      'agent: Good morning!',
      'caller: When are you open?',
      'agent: From nine. Until five, that is.',
    ]);
    await caller.hangUp();
  });

  it('says the first sentence before the answer is complete, however it is cut', async () => {
    servers.manners = { beforeMs: 5, betweenMs: 20, pieceBytes: 7 };
    const caller = await begin();
    servers.answers = ['Grüße aus Köln — schön! '.concat('und noch ein Wort '.repeat(10), 'mehr.')];
    await ask(caller, 'Hallo?');
    await until(() => caller.waitingMs > 200, 'the first sentence is on its way');
    expect(servers.spoken).toEqual(['Grüße aus Köln — schön!']);
    await said(2);
    await caller.hangUp();
  });

  describe.each(['upload', 'socket'])('transcribed by %s', (way) => {
    (LONG ? it : it.skip).each([0, 150, 400])(
      'makes its first sound within 300 ms of the end of a turn, beyond servers that take %d ms each',
      async (beforeMs) => {
        servers.manners.beforeMs = beforeMs;
        const caller = await begin({ transcription_by: way });
        await until(() => way === 'upload' || servers.sessions.ready > 0, 'the session is set up');
        servers.answers = ['Certainly. '.repeat(20)];
        servers.heard = ['Hello?'];
        await caller.say(600);
        const endsAt = performance.now();
        await caller.listen(620);
        await until(() => caller.waitingMs > 0);
        const tookMs = performance.now() - endsAt;
        process.stderr.write(
          `first sound ${(tookMs - 3 * beforeMs).toFixed(0)} ms beyond 3 × ${beforeMs} ms, by ${way}\n`,
        );
        expect(tookMs - 3 * beforeMs).toBeLessThan(300);
        await caller.hangUp();
      },
    );
  });

  describe('by socket', () => {
    const connected = async (): Promise<ScriptedCaller> => {
      const caller = await begin({ transcription_by: 'socket', transcription_language: 'en' });
      await until(() => servers.sessions.ready > 0, 'the session is set up');
      return caller;
    };

    it('has each turn written down while the caller speaks, and uploads nothing', async () => {
      const caller = await connected();
      for (const [at, word] of ['First.', 'Second.'].entries()) {
        servers.answers.push('Here is the answer.');
        await ask(caller, word);
        await said(at + 1);
        await heardOut(caller, 'answer.');
      }
      expect(roles(servers.chats[1])).toEqual([
        'user: First.',
        'assistant: Here is the answer.',
        'user: Second.',
      ]);
      // With the silence that ended it; the second with a little before its first sound, too.
      expect(servers.sessions.turns).toEqual([1_200, 1_300]);
      expect(servers.uploads).toEqual([]);
      await caller.hangUp();
    });

    it.each(['failed', 'closed'] as const)('uploads a turn whose session has %s', async (fault) => {
      const caller = await connected();
      servers.sessions.fault = fault;
      servers.answers = ['Hello!'];
      await ask(caller, 'Hello?');
      expect(roles(servers.chats[0])).toEqual(['user: Hello?']);
      expect(servers.uploads).toHaveLength(1);
      const notes = caller.notes.map(({ what, detail }) => [what, detail['reason']]);
      expect(notes).toEqual(
        fault === 'failed'
          ? []
          : [['transcription_socket_failed', 'the Realtime API closed the session: 1011']],
      );
      await caller.hangUp();
    });

    it('uploads where there are no such sessions, and says so once', async () => {
      servers.sessions.fault = 'refused';
      const caller = await begin({ transcription_by: 'socket' });
      await until(() => caller.notes.length > 0, 'it is noted');
      servers.answers = ['Hello!', 'Yes.'];
      await ask(caller, 'Hello?');
      await heardOut(caller, 'Hello!');
      await ask(caller, 'Are you there?');
      expect(servers.uploads).toHaveLength(2);
      expect(caller.notes).toEqual([
        {
          what: 'transcription_socket_failed',
          detail: { reason: 'the Realtime API refused the connection: HTTP 404' },
        },
      ]);
      await caller.hangUp();
    });
  });

  it('is told what was heard of it when the caller interrupts', async () => {
    const caller = await begin();
    const answer = 'One two three four five six seven eight nine ten. And then eleven and twelve.';
    servers.answers = [answer, 'Sorry.'];
    await ask(caller, 'Count!');
    await said(2);
    await until(() => caller.waitingMs > 4_000);
    // Up to the end of "five".
    await caller.listen(24 * MS_PER_CHARACTER);
    await caller.bargeIn();
    await ask(caller, 'Stop.');
    expect(roles(servers.chats[1])).toEqual([
      'user: Count!',
      expect.stringMatching(/^assistant: One two three four( five)?$/),
      'user: Stop.',
    ]);
    await until(() => caller.transcript.some(({ text }) => text.startsWith('One two')));
    expect(caller.transcript.find(({ text }) => text.startsWith('One'))?.text).not.toContain('six');
    await caller.hangUp();
  });

  it('is told the very words that were heard where the speech server tells their times', async () => {
    const caller = await begin({ speech_word_times: 'captioned_speech' });
    servers.manners.pieceBytes = 1_000;
    const answer = 'I go to Friedrichshafen-Fischbach or Oberuhldingen-Muehlhofen as you like it.';
    servers.answers = [answer, 'Sorry.'];
    await ask(caller, 'Where?');
    const words = answer.match(/[\p{L}']+/gu) ?? [];
    await until(() => caller.waitingMs >= words.length * MS_PER_WORD);
    // The fifth and the half of the sixth.
    await caller.listen(5.5 * MS_PER_WORD);
    await caller.bargeIn();
    await ask(caller, 'Stop.');
    expect(roles(servers.chats[1])).toEqual([
      'user: Where?',
      'assistant: I go to Friedrichshafen-Fischbach',
      'user: Stop.',
    ]);
    await caller.hangUp();
  });

  it.each([530, 990, 1_270, 1_610])('knows what was heard to 40 ms, after %d ms', async (ms) => {
    servers.wordMs = 40;
    const caller = await begin({ speech_word_times: 'captioned_speech' });
    const words = Array.from({ length: 60 }, (_, at) => `w${at}x`);
    servers.answers = [`${words.join(' ')}.`, 'Sorry.'];
    await ask(caller, 'Count.');
    await until(() => caller.waitingMs >= words.length * servers.wordMs);
    const before = Buffer.concat(caller.heard).length;
    await caller.listen(ms);
    const heardMs = (Buffer.concat(caller.heard).length - before) / 8;
    await caller.bargeIn();
    await ask(caller, 'Stop.');
    const [, told = ''] = roles(servers.chats[1]);
    const toldMs = told.split(' ').slice(1).length * servers.wordMs;
    expect(heardMs).toBeGreaterThanOrEqual(ms - 20);
    expect(Math.abs(toldMs - heardMs)).toBeLessThanOrEqual(40);
    await caller.hangUp();
  });

  it.each([
    ['begins anew', 'We are open from nine. Until five, that is. On Sundays we are closed.'],
    ['goes on', 'Until five, that is. On Sundays we are closed.'],
  ])(
    'says the rest of an answer on the instance that the call is moved to, where the model %s',
    async (_, second) => {
      servers.manners.betweenMs = 30;
      const caller = await begin();
      servers.answers = [
        'We are open from nine. Until five, that is. On Sundays we are closed.',
        second,
      ];
      await ask(caller, 'When are you open?');
      await said(1);
      await until(() => caller.waitingMs > 0);
      await caller.move({ to: agent() });
      await heardOut(caller, 'we are closed.');
      expect(roles(servers.chats[1])).toEqual([
        'user: When are you open?',
        'assistant: We are open from nine.',
        expect.stringContaining('system: [Your answer broke off here.'),
      ]);
      const agentSaid = caller.transcript.filter(({ speaker }) => speaker === 'agent');
      expect(agentSaid.map(({ text }) => text).join(' ')).toBe(
        'We are open from nine. Until five, that is. On Sundays we are closed.',
      );
      await caller.hangUp();
    },
  );

  it('goes on thinking of both parts when the caller goes on before the answer', async () => {
    const caller = await begin();
    servers.manners.beforeMs = 100;
    servers.heard = ['I would like', 'a table.'];
    servers.answers = ['For how many?'];
    await caller.say(600);
    await caller.listen(700);
    await caller.say(600);
    await caller.listen(700);
    await said(1);
    expect(roles(servers.chats.at(-1))).toEqual(['user: I would like', 'user: a table.']);
    expect(servers.spoken).toEqual(['For how many?']);
    await caller.hangUp();
  });

  it('uses tools: facts, a person, and the end of the call', async () => {
    const tools = [
      { name: 'order', description: 'An order.', parameters: { type: 'object', properties: {} } },
    ];
    const caller = await begin({ tools });
    servers.answers = [
      {
        tools: [
          ['order', { dish: 'soup' }],
          ['set_facts', { table: 4 }],
        ],
      },
      { text: 'Goodbye then.', tools: [['hang_up', {}]] },
    ];
    await ask(caller, 'Soup for table four.');
    await said(1);
    expect(caller.facts).toEqual({ order: { dish: 'soup' }, table: 4 });
    expect(
      servers.chats[1]?.filter(({ role }) => role === 'tool').map(({ content }) => content),
    ).toEqual(['{"ok":true}', '{"ok":true}']);
    expect(caller.ended).toBeNull();
    await until(() => caller.waitingMs >= 13 * MS_PER_CHARACTER);
    await caller.hearOut();
    await until(() => caller.ended !== null);
    expect(caller.ended).toBe('agent');

    const second = await begin({}, ['sales']);
    servers.answers = [{ text: 'One moment.', tools: [['transfer_call', { target: 'sales' }]] }];
    await ask(second, 'A person, please.');
    await said(2);
    await until(() => second.waitingMs >= 11 * MS_PER_CHARACTER);
    await second.hearOut();
    await until(() => second.transferred !== null);
    expect(second.transferred?.target).toBe('sales');
    servers.answers = ['Nobody is there.'];
    await second.giveBack();
    await said(3);
    expect(roles(servers.chats.at(-1)).at(-1)).toContain('could not be connected with "sales"');
    await second.hangUp();
  });

  it('bounds the rounds in which the model only uses tools', async () => {
    const caller = await begin();
    servers.answers = Array.from({ length: 30 }, () => ({ tools: [['set_facts', { a: 1 }]] }));
    await ask(caller, 'Go on.');
    await until(() => caller.notes.some(({ what }) => what === 'tool_rounds'));
    await until(() => servers.chats.length === 11);
    await caller.listen(200);
    expect(servers.chats).toHaveLength(11);
    await caller.hangUp();
  });

  it('takes keys as words', async () => {
    const caller = await begin();
    servers.answers = ['Thank you.'];
    await caller.press('42#');
    await until(() => servers.chats.length === 1);
    expect(roles(servers.chats[0])).toEqual(['user: [The caller pressed the keys 42#]']);
    await said(1);
    await caller.hangUp();
  });

  it('survives a server that fails once, and gives up on one that keeps failing', async () => {
    const caller = await begin();
    servers.faults = [
      { path: 'transcriptions', status: 503 },
      { path: 'completions', status: 500 },
    ];
    servers.answers = ['Here I am.'];
    servers.heard = ['Hello?'];
    await caller.say(600);
    await caller.listen(700);
    await said(1);
    expect(caller.notes.map(({ what, detail }) => [what, detail['status']])).toEqual([
      ['chat_failed', 500],
    ]);
    await heardOut(caller, 'Here I am.');
    servers.faults = [
      { path: 'speech', status: 'cut' },
      { path: 'speech', status: 400 },
    ];
    servers.answers = ['It goes on.', 'It goes on.'];
    servers.heard = ['And now?'];
    await caller.say(600);
    await caller.listen(700);
    await until(() => caller.ended !== null);
    expect(caller.ended).toBe('failed');
    expect(String(caller.failure)).toContain('the speech server answers 400: made up');
    // They were made up.
    servers.mistakes.length = 0;
  });

  it('asks for nothing more once the call is over', async () => {
    servers.manners.beforeMs = 50;
    const caller = await begin({ greeting: 'A long sentence that nobody will hear.' });
    await caller.hangUp();
    await until(() => servers.abandoned > 0 || servers.spoken.length > 0);
    expect(servers.chats).toEqual([]);
  });

  it('has servers that the doctor can ask', async () => {
    const faultsWith = async (more: object): Promise<Array<string | null>> => {
      const asked = agent().serversOf({ ...servers.options, ...more });
      const signal = AbortSignal.timeout(10_000);
      return Promise.all(asked.map(async (one) => (await one.ask(signal))?.problem ?? null));
    };
    expect(await faultsWith({})).toEqual([null, null, null]);
    const wrong = { chat_api_key: 'wrong', speech_url: 'http://127.0.0.1:1/v1' };
    expect(await faultsWith(wrong)).toEqual([
      'it refuses the key (HTTP 401)',
      null,
      'the speech server cannot be reached (ECONNREFUSED)',
    ]);
    const named = agent().serversOf(servers.options)[0]?.name;
    expect(named).toMatch(/^the chat server at 127\.0\.0\.1:\d+$/);
  });

  describe('while the model takes long', () => {
    beforeEach(() => {
      servers.answers = ['From nine.'];
      servers.manners = { ...servers.manners, beforeMs: 4_000 };
    });
    /** Until the model's answer was heard; the caller hears twenty milliseconds in as many. */
    const wait = async (caller: ScriptedCaller): Promise<void> => {
      await caller.say(600);
      await caller.listen(700);
      await until(async () => {
        await caller.listen(20);
        return caller.transcript.some(({ text }) => text === 'From nine.');
      }, 'the answer is heard');
    };
    const waited = (caller: ScriptedCaller): number =>
      Buffer.concat(caller.heard).filter((byte) => byte === 1).length;

    it('a sound is heard, which is no part of what is said', async () => {
      const caller = await begin({}, [], { sound: 'wait.wav' });
      servers.heard = ['When are you open?'];
      await wait(caller);
      expect(waited(caller)).toBeGreaterThanOrEqual(WAIT.length);
      const all = Buffer.concat(caller.heard);
      expect(all.indexOf(asMulaw('From nine.'))).toBeGreaterThan(all.lastIndexOf(WAIT));
      expect(caller.transcript.map(({ speaker, text }) => `${speaker}: ${text}`)).toEqual([
        'caller: When are you open?',
        'agent: From nine.',
      ]);
      await caller.hangUp();
    });

    it('a sentence is said, which is in the transcript and which the model is not told', async () => {
      const caller = await begin({}, [], { text: 'One moment.' });
      servers.heard = ['When are you open?'];
      await wait(caller);
      expect(caller.transcript.map(({ speaker, text }) => `${speaker}: ${text}`)).toEqual([
        'caller: When are you open?',
        'agent: One moment.',
        'agent: From nine.',
      ]);
      expect(JSON.stringify(servers.chats)).not.toContain('One moment.');
      await caller.hangUp();
    });
  });

  it('names what its options lack, and the setting that would help', async () => {
    const { chat_url: _chat, ...without } = servers.options;
    expect(agent().problemsWith(without)).toEqual([
      "chat_url is missing, and OPENAI_API_KEY, for OpenAI's server, is not set",
    ]);
    const elsewhere = { ...servers.options, speech_url: 'http://10.0.0.1/v1' };
    expect(agent().problemsWith(elsewhere)).toEqual([
      'speech_url must be https, or lead to a host that AGENT_ALLOWED_HOSTS lists',
    ]);
  });
});
