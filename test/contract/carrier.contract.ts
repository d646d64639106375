import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { CallStatus } from '../../src/calls/ledger/call-status.js';
import type { PlaceCall } from '../../src/providers/calls-port.js';
import type { CarrierAccount } from '../../src/providers/carrier-account.js';
import {
  isMalformed,
  type AnswerInstruction,
  type RawRequest,
  type Reply,
  type Told,
  type WebhookIngress,
} from '../../src/providers/ingress.js';
import type { StartMessage, StreamCodec, WireFrame } from '../../src/providers/media-dialect.js';
import { anyText } from '../support/any-text.js';

type SpokenTo = CarrierAccount & { ingress: WebhookIngress };

/** The body of one request of a carrier, and what the path that it comes on is for. */
export interface Sample {
  purpose: string;
  body: string;
}

/** The carrier's side, with an account of it: a simulator of its own protocol. */
export interface LiveCarrier {
  account: CarrierAccount;
  /** How many calls it was made to place. */
  placed(): number;
  stop(): Promise<void>;
}

/** What an adapter's own spec brings along: how its carrier signs, and samples of what it says. */
export interface CarrierFixture {
  /** An account whose REST calls lead to where nobody listens. */
  account(): SpokenTo;
  /** Everything the carrier sends with a request, signed by the account, or by somebody else; each time anew. */
  request(url: string, sample: Sample, by: 'account' | 'stranger'): RawRequest;
  /** Where a request proves whose it is; absent: in its headers. */
  provesIn?: 'target';
  /** Whether a signature is good for one URL alone. */
  signsUrl: boolean;
  /** Whether the carrier has one word for the end of a call, whether or not it was answered; absent: it has several. */
  refusesByEnding?: true;
  /** Whether a person who is called is told of where it is asked what follows; absent: at an address of its own. */
  tellsPersonAtAction?: true;
  /** What its signatures do not cover all the same; absent: they cover everything. */
  unsigned?: ReadonlyArray<'query' | 'body'>;
  /** The headers of an upgrade; null where the carrier does not sign upgrades. */
  signUpgrade(url: string, by: 'account' | 'stranger'): IncomingHttpHeaders | null;
  /** A request for instructions for a call that comes in. */
  inboundAnswer: Sample;
  /** The same for a call that we placed and that was answered. */
  outboundAnswer: Sample;
  /** One of every kind that the carrier tells of without asking. */
  callbacks: readonly Sample[];
  /** A sample with a field more, of that name. */
  withField(sample: Sample, name: string, value: string): Sample;
  /** Socket messages, by what they mean; null where the carrier has none. The token of `start` is `token-1`, if any. */
  messages: Record<'start' | 'audio' | 'dtmf' | 'mark' | 'stop', WireFrame | null>;
  /** All texts of a reply that instructs, unescaped; throws when the carrier could not read it. */
  readAnswer(reply: Reply): string[];
  /** With a simulator of the carrier. */
  live(): Promise<LiveCarrier>;
}

const URL = 'https://calls.example.com/api/v1/telephony/twiml?workflow_id=1&workflow_run_id=2';
const STREAM_URL = 'wss://calls.example.com/api/v1/telephony/ws/1/2/3';
const CALL: PlaceCall = {
  runId: 1,
  idempotencyKey: 'patchbay-1-1700000000000',
  to: '+14155552671',
  from: '+12025550100',
  urls: { answer: URL, events: URL },
  ringTimeoutSeconds: 60,
  maxDurationSeconds: 3_600,
  machineDetection: null,
};

/** What the rest of the service may rely on, whichever carrier it talks to. */
export function describeCarrier(name: string, fixture: CarrierFixture): void {
  describe(`the ${name} adapter`, () => {
    const account = fixture.account();

    it('knows its key, its carrier and its numbers', () => {
      expect(account.key).toMatch(/^[a-z0-9][a-z0-9-]{0,39}$/);
      expect(account.kind).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(account.numbers.length).toBeGreaterThan(0);
      for (const number of account.numbers) expect(number).toMatch(/^\+[1-9]\d{6,14}$/);
      expect(account.callsPerSecond).toBeGreaterThan(0);
    });

    describe('signatures', () => {
      signatureContract(account, fixture);
    });
    describe('requests', () => {
      requestContract(account, fixture);
    });
    describe('answers', () => {
      answerContract(account, fixture);
    });
    describe('the stream', () => {
      streamContract(account, fixture);
    });
    describe('diagnostics', () => {
      diagnosticsContract(account, fixture);
    });
    describe('capabilities', () => {
      capabilityContract(account, fixture);
    });
    describe('alone', () => {
      absenceContract(account);
    });
    describe('beside its carrier', () => {
      liveContract(fixture);
    });
  });
}

const text = fc.oneof(fc.string(), anyText());

function toldBy(account: SpokenTo, fixture: CarrierFixture, sample: Sample): Told {
  const told = account.ingress.read(fixture.request(URL, sample, 'account'), sample.purpose);
  if (isMalformed(told)) throw new Error(told.malformed);
  return told;
}

function signatureContract({ ingress }: SpokenTo, fixture: CarrierFixture): void {
  const { inboundAnswer } = fixture;
  const sign = (by: 'account' | 'stranger' = 'account') => fixture.request(URL, inboundAnswer, by);

  it('of the account are accepted, and bear its mark', () => {
    const signed = sign();
    expect(ingress.verify(signed)).toEqual({ valid: true });
    expect(ingress.verify({ ...sign(), urls: ['https://elsewhere.example/', URL] })).toEqual({
      valid: true,
    });
    for (const mark of ingress.marks) expect(signed.headers[mark]).toBeDefined();
  });

  it('of a stranger are refused', () => {
    expect(ingress.verify(sign('stranger')).valid).toBe(false);
  });

  it('are missed', () => {
    const { headers, ...signed } = sign();
    const bare = { 'content-type': headers['content-type'] };
    const target = fixture.provesIn === 'target' ? '/' : signed.target;
    expect(ingress.verify({ ...signed, headers: bare, target })).toEqual({
      valid: false,
      reason: 'missing',
    });
  });

  it('cover the body, and the URL where the carrier signs it', () => {
    const { signsUrl, unsigned = [] } = fixture;
    const other = [URL.replace('https', 'http'), URL.replace('calls', 'call5')];
    expect(ingress.verify({ ...sign(), urls: other }).valid).toBe(!signsUrl);
    expect(ingress.verify({ ...sign(), urls: [] }).valid).toBe(!signsUrl);
    const isQueryFree = !signsUrl || unsigned.includes('query');
    expect(ingress.verify({ ...sign(), urls: [`${URL}0`] }).valid).toBe(isQueryFree);
    const signed = sign();
    const body = Buffer.concat([signed.body, Buffer.from('&x=y')]);
    expect(ingress.verify({ ...signed, body }).valid).toBe(unsigned.includes('body'));
  });

  it('of upgrades are checked where the carrier signs them', () => {
    const whole = fixture.account();
    const verify = (headers: IncomingHttpHeaders, url = STREAM_URL) =>
      whole.media.verifyUpgrade({ headers, urls: [url] });
    const headers = () => fixture.signUpgrade(STREAM_URL, 'account');
    if (headers() === null) {
      expect(verify({})).toEqual({ kind: 'token-only' });
      return;
    }
    expect(verify(headers() ?? {})).toEqual({ valid: true });
    expect(verify(headers() ?? {}, `${STREAM_URL}4`)).toMatchObject({ valid: !fixture.signsUrl });
    expect(verify({})).toMatchObject({ valid: false });
    expect(verify(fixture.signUpgrade(STREAM_URL, 'stranger') ?? {})).toMatchObject({
      valid: false,
    });
  });

  it('never throw, whatever a stranger sends', () => {
    const known = Object.keys(sign().headers);
    const value = fc.oneof(text, fc.constant(undefined), fc.array(text, { maxLength: 3 }));
    const headers = fc
      .dictionary(fc.oneof(fc.constantFrom(...known), fc.string()), value)
      // Node gives one text for a content type, however often it is sent.
      .map(({ 'content-type': type, ...rest }): IncomingHttpHeaders => {
        return { ...rest, 'content-type': typeof type === 'string' ? type : undefined };
      });
    const body = fc.uint8Array().map((bytes) => Buffer.from(bytes));
    const method = fc.oneof(fc.constantFrom('GET', 'POST'), text);
    const urls = fc.array(fc.oneof(fc.constant(URL), fc.webUrl(), text), { maxLength: 3 });
    const target = fc.oneof(fc.constant('/'), text);
    fc.assert(
      fc.property(fc.record({ method, headers, body, urls, target }), (request) => {
        expect(ingress.verify(request).valid).toBe(false);
        expect(() => ingress.callIdOf(request)).not.toThrow();
        const proof = fixture.account().media.verifyUpgrade(request);
        expect('kind' in proof || !proof.valid).toBe(true);
      }),
    );
  });
}

function requestContract(account: SpokenTo, fixture: CarrierFixture): void {
  const { ingress } = account;
  const purposes = ingress.routes.map(({ purpose }) => purpose);

  it('come on paths that the carrier is served', () => {
    expect(new Set(purposes).size).toBe(purposes.length);
    for (const purpose of purposes) expect(purpose).toMatch(/^[a-z][a-z0-9-]*$/);
    for (const { purpose } of [fixture.inboundAnswer, ...fixture.callbacks]) {
      expect(purposes).toContain(purpose);
    }
  });

  it('of a call that comes in name it and its parties', () => {
    const { ids, accountId, question } = toldBy(account, fixture, fixture.inboundAnswer);
    expect(ids.call).toMatch(/./);
    expect([account.accountId, null]).toContain(accountId);
    expect(question?.direction).toBe('inbound');
    expect(account.numbers).toContain(question?.to);
  });

  it('of a call that we placed tell that it was answered', () => {
    const { question } = toldBy(account, fixture, fixture.outboundAnswer);
    expect(question).toMatchObject({ direction: 'outbound', status: 'answered' });
  });

  it('with fields that are new to us are accepted', () => {
    for (const sample of [fixture.inboundAnswer, ...fixture.callbacks]) {
      for (const name of ['Something-New', '__proto__']) {
        toldBy(account, fixture, fixture.withField(sample, name, 'x'));
      }
    }
  });

  it('that tell of something are events for the ledger, one key for one fact', () => {
    const keys = fixture.callbacks.flatMap((sample) => {
      const told = toldBy(account, fixture, sample);
      expect([account.accountId, null]).toContain(told.accountId);
      expect(told.ids.call).not.toBe('');
      expect(toldBy(account, fixture, sample)).toEqual(told);
      return told.events.map((event) => {
        expect(event.source).toBe('status-callback');
        expect(event.status === null).toBe(event.type !== 'status');
        return event.dedupeKey;
      });
    });
    expect(keys).not.toContain(null);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThanOrEqual(fixture.callbacks.length);
  });

  it('are never too strange', () => {
    const samples = [fixture.inboundAnswer, ...fixture.callbacks];
    const spoilt = fc
      .tuple(fc.constantFrom(...samples), fc.nat(), fc.nat(20), text)
      .map(([{ body }, at, length, part]) => {
        const start = at % body.length;
        return body.slice(0, start) + part + body.slice(start + length);
      });
    const purpose = fc.constantFrom(...purposes);
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.json(), text), purpose, (body, of) => {
        const request = { ...fixture.request(URL, samples[0] as Sample, 'account') };
        const told = ingress.read({ ...request, body: Buffer.from(body) }, of);
        if (!isMalformed(told)) {
          expect(told.ids.call).not.toBe('');
          expect(() => JSON.stringify(told)).not.toThrow();
        }
      }),
    );
  });
}

const STREAM: AnswerInstruction & { kind: 'stream' } = {
  kind: 'stream',
  notice: null,
  streamUrl: STREAM_URL,
  actionUrl: URL,
  token: 'token-1_A',
};

const TRANSFER: AnswerInstruction & { kind: 'transfer' } = {
  kind: 'transfer',
  transfer: 1,
  to: '+14155552671',
  from: '+12025550100',
  timeoutSeconds: 30,
  announce: null,
  urls: {
    action: `${URL}?transfer=1`,
    events: `${URL}/events?transfer=1`,
    announce: `${URL}/announce?transfer=1`,
  },
};

function answerContract({ ingress, capabilities }: SpokenTo, fixture: CarrierFixture): void {
  const reply = (instruction: AnswerInstruction | null): Reply => ingress.render(instruction);

  it('to what asks nothing say that it was heard', () => {
    expect([200, 202, 204]).toContain(reply(null).status);
  });

  it('can be read', () => {
    for (const instruction of [
      STREAM,
      { kind: 'hangup' } as const,
      { kind: 'reject', busy: true } as const,
      { kind: 'reject', busy: false } as const,
    ]) {
      const rendered = reply(instruction);
      expect([200, 202, 204]).toContain(rendered.status);
      expect(() => fixture.readAnswer(rendered)).not.toThrow();
    }
  });

  it('instruct, unless the carrier is instructed by its API', () => {
    const all: AnswerInstruction[] = [
      STREAM,
      { kind: 'hangup' },
      { kind: 'reject', busy: true },
      { kind: 'reject', busy: false },
    ];
    const bodies = new Set(all.map((instruction) => reply(instruction).body));
    const kinds = fixture.refusesByEnding ? 2 : all.length;
    expect(bodies.size).toBe(ingress.perform ? 1 : kinds);
    if (ingress.perform) return;
    // A token that no parameter brings back is in the URL.
    const inPath = capabilities.streamToken === 'path';
    const streamUrl = inPath ? `${STREAM_URL}/${STREAM.token}` : STREAM_URL;
    expect(fixture.readAnswer(reply({ ...STREAM, streamUrl }))).toEqual(
      expect.arrayContaining(inPath ? [streamUrl] : [streamUrl, STREAM.token]),
    );
  });

  if (!capabilities.says) return;

  it('say any sentence, without what the carrier’s language forbids', () => {
    const say = (sentence: string) =>
      fixture.readAnswer(reply({ kind: 'say-and-hangup', sentence })).join('');
    expect(say('a\u0000\u0001b\u001F\uFFFE\uD800c')).toContain('abc');
    expect(say('<Hangup/> & "Ä\u{1F600}"')).toContain('<Hangup/> & "Ä\u{1F600}"');
    fc.assert(fc.property(text, (sentence) => typeof say(sentence) === 'string'));
  });
}

type SpokenStream = Pick<CarrierFixture, 'messages'>;

/** A socket on which the carrier has said `start`, or needs to say none. */
function startedStream(
  account: CarrierAccount,
  fixture: SpokenStream,
): [StreamCodec, StartMessage] {
  const codec = account.media.session();
  const begun = codec.begin();
  const start = begun ?? codec.decode(fixture.messages.start ?? '');
  if (start.kind !== 'start') throw new Error(start.kind);
  return [codec, start];
}

export function streamContract(account: CarrierAccount, fixture: SpokenStream): void {
  it('is understood', () => {
    for (const [kind, message] of Object.entries(fixture.messages)) {
      if (message === null || kind === 'start') continue;
      const [codec] = startedStream(account, fixture);
      expect([kind, codec.decode(message).kind]).toEqual([kind, kind]);
    }
  });

  it('starts with the ids of the call, as far as the carrier has them, and a token that is no parameter', () => {
    const [, start] = startedStream(account, fixture);
    expect([account.accountId, null]).toContain(start.accountId);
    expect([start.streamId, start.callId]).not.toContain('');
    const { streamToken } = account.capabilities;
    expect(start.token).toBe(streamToken === 'parameter' ? 'token-1' : null);
    expect(Object.values(start.parameters)).not.toContain('token-1');
  });

  it('carries audio of the format that it tells', () => {
    const [codec] = startedStream(account, fixture);
    const { out } = codec.format;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 160, maxLength: 160 }), (bytes) => {
        const frame = codec.audio(Buffer.from(bytes));
        if (codec.frameBytes !== null) expect(frame).toHaveLength(codec.frameBytes);
        if (codec.format.in.codec !== out.codec || out.codec !== 'mulaw') return;
        const decoded = codec.decode(frame);
        // A carrier may speak to us in other words than we to it.
        if (decoded.kind === 'audio') expect(decoded.audio).toEqual(Buffer.from(bytes));
        else expect(['ignored', 'invalid']).toContain(decoded.kind);
      }),
    );
  });

  it('is told every thing in words of its own', () => {
    const [codec] = startedStream(account, fixture);
    const mark = codec.mark('mark-1');
    const words = [codec.audio(Buffer.alloc(160, 0xff)), mark, codec.hangUp(), ...codec.clear()]
      .filter((frame) => frame !== null)
      .map((frame) => frame.toString());
    expect(new Set(words).size).toBe(words.length);
    if (mark !== null) expect(mark).toContain('mark-1');
    expect(mark === null).toBe(fixture.messages.mark === null);
  });

  it('is never too strange', () => {
    const samples = Object.values(fixture.messages).filter((message) => message !== null);
    const spoilt = fc
      .tuple(fc.constantFrom(...samples), fc.nat(), fc.nat(20), text)
      .map(([message, at, length, part]): WireFrame => {
        const start = at % message.length;
        return typeof message === 'string'
          ? message.slice(0, start) + part + message.slice(start + length)
          : Buffer.concat([message.subarray(0, start), Buffer.from(part)]);
      });
    const binary = fc.uint8Array({ maxLength: 1_000 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.json(), text, binary), fc.boolean(), (message, early) => {
        const codec = early ? account.media.session() : startedStream(account, fixture)[0];
        expect(typeof codec.decode(message).kind).toBe('string');
      }),
    );
  });
}

function diagnosticsContract(
  { diagnostics, ingress, ...account }: SpokenTo,
  fixture: CarrierFixture,
): void {
  // A carrier need not offer any.
  if (!diagnostics) {
    it('are not offered', () => expect(fixture.account().diagnostics).toBeNull());
    return;
  }

  it('sign the question about a call that does not exist as every other', () => {
    const { method, headers, body } = diagnostics.syntheticAnswer(`${URL}#fragment`);
    const lowered = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const request = { method, headers: lowered, body: Buffer.from(body), target: '/', urls: [URL] };
    expect(ingress.verify(request)).toEqual({ valid: true });
    expect(ingress.verify({ ...request, urls: [`${URL}x`] }).valid).toBe(false);
    const asked = ingress.read(request, 'answer');
    expect(asked).toMatchObject({ question: { direction: 'outbound' } });
    expect([account.accountId, null]).toContain((asked as Told).accountId);
    expect(Object.keys(lowered)).toEqual(expect.arrayContaining([...diagnostics.signatureHeaders]));
    expect(Object.keys(lowered)).toEqual(expect.arrayContaining([...ingress.marks]));
  });

  it('without a carrier that listens, throw nothing', async () => {
    const failed = { kind: 'failed', message: expect.any(String) };
    expect(await diagnostics.account()).toEqual(failed);
    expect(await diagnostics.alerts(new Date())).toEqual(failed);
    expect(await diagnostics.ownedNumbers()).toEqual(failed);
    expect(await diagnostics.time()).toEqual(failed);
  });
}

/** Every flag is proved or refuted: here what can be told without the carrier, in {@link liveContract} the others. */
function capabilityContract(account: SpokenTo, fixture: CarrierFixture): void {
  const { capabilities, ingress } = account;

  it('tells: the statuses of its events, neither more nor fewer', () => {
    const told = fixture.callbacks
      .flatMap((sample) => toldBy(account, fixture, sample).events)
      .map(({ status }) => status)
      .filter((status): status is CallStatus => status !== null);
    expect(new Set(told)).toEqual(new Set(capabilities.tells));
  });

  it('resumes: who asks again is told where, and whom we instruct can be instructed', () => {
    if (capabilities.resumes === 'rest') expect(typeof ingress.perform).toBe('function');
    if (ingress.perform) {
      expect(capabilities.resumes).not.toBe('asked');
      return;
    }
    const texts = fixture.readAnswer(ingress.render(STREAM)).map((one) => one.split('#', 1)[0]);
    expect(texts.includes(URL)).toBe(capabilities.resumes === 'asked');
  });

  it('streamToken: in the path where nothing is signed and nothing is carried', () => {
    const isSigned = fixture.signUpgrade(STREAM_URL, 'account') !== null;
    expect(capabilities.streamToken).toBe(isSigned ? 'parameter' : 'path');
  });

  it('transfers: who can is told at any time, and of everything', async () => {
    const { transfers, redirects, resumes, says } = capabilities;
    if (transfers.length === 0) {
      const given = await ingress.perform?.(TRANSFER, { call: 'call-1' }, null);
      expect(given?.kind ?? 'failed').toBe('failed');
      return;
    }
    expect(redirects || resumes === 'rest').toBe(true);
    if (ingress.perform) return;
    const texts = (announce: string | null) =>
      fixture
        .readAnswer(ingress.render({ ...TRANSFER, announce }))
        .map((one) => one.split('#', 1)[0]);
    const { action, events, announce } = TRANSFER.urls;
    const told = fixture.tellsPersonAtAction ? [action] : [action, events];
    const needed = [TRANSFER.to, TRANSFER.from, ...told];
    expect(texts(null)).toEqual(expect.arrayContaining(needed));
    if (!transfers.includes('announced') || !says) return;
    expect(texts('Hello.')).toEqual(expect.arrayContaining([...needed, announce]));
    const said = ingress.render({ kind: 'announce', announcement: 'Hello.' });
    expect(fixture.readAnswer(said)).toContain('Hello.');
  });

  it('says: a sentence is part of the answer', () => {
    const rendered = ingress.render({ kind: 'say-and-hangup', sentence: 'Goodbye.' });
    expect(fixture.readAnswer(rendered).includes('Goodbye.')).toBe(capabilities.says);
  });
}

export function absenceContract(account: CarrierAccount): void {
  const ids = { call: 'call-1' };

  it('without a carrier that listens, knows that nothing rings, and throws nothing', async () => {
    expect(await account.calls.place(CALL)).toMatchObject({ kind: 'unreachable' });
    expect(await account.calls.end(ids, 'cancel')).toMatchObject({
      kind: 'failed',
      retryable: true,
    });
    // redirects: what could be done is worth another try.
    expect(await account.calls.redirect(ids, STREAM)).toMatchObject({
      kind: 'failed',
      retryable: account.capabilities.redirects,
    });
    // digitsOut: keys that may have been pressed are not pressed again.
    expect(await account.calls.sendDigits(ids, '1')).toMatchObject({
      kind: 'failed',
      retryable: false,
    });
    expect(await account.calls.lookUp(ids)).toMatchObject({ kind: 'failed' });
    const search = { to: CALL.to, from: CALL.from, since: new Date(0) };
    const searched = account.capabilities.dialIdentity === 'search' ? 'failed' : 'unsupported';
    expect(await account.calls.search(search)).toMatchObject({ kind: searched });
    const urls = { answerUrl: URL, statusCallbackUrl: URL };
    const configured = await account.numbersPort?.configure(CALL.from, urls);
    if (configured) expect(configured).toMatchObject({ kind: 'failed' });
  });
}

export function liveContract(fixture: Pick<CarrierFixture, 'live'>): void {
  let carrier: LiveCarrier;
  beforeAll(async () => {
    carrier = await fixture.live();
  });
  afterAll(() => carrier.stop());

  it('places a call, finds it again as its capabilities say, and ends it', async () => {
    const { account } = carrier;
    const { calls, capabilities } = account;
    const call = { ...CALL, from: account.numbers[0] ?? '' };
    const since = new Date(Date.now() - 60_000);
    const dialled = await calls.place(call);
    if (dialled.kind !== 'accepted') throw new Error(dialled.kind);
    const { ids } = dialled;
    expect(ids.call ?? ids.request).toMatch(/./);
    expect(carrier.placed()).toBe(1);

    // dialIdentity
    const searched = await calls.search({ to: call.to, from: call.from, since });
    switch (capabilities.dialIdentity) {
      case 'search':
        expect(searched).toMatchObject({ kind: 'found', calls: [{ callId: ids.call }] });
        break;
      case 'own-id':
      case 'idempotency-key':
        expect(await calls.place(call)).toMatchObject({ kind: 'accepted', ids });
        expect(carrier.placed()).toBe(1);
        expect(searched).toEqual({ kind: 'unsupported' });
        break;
      case 'none':
        expect(searched).toEqual({ kind: 'unsupported' });
        break;
      default:
        capabilities.dialIdentity satisfies never;
    }

    // lookUp
    const kinds = { status: ['found'], alive: ['alive'], none: ['failed'] };
    expect(kinds[capabilities.lookUp]).toContain((await calls.lookUp(ids)).kind);

    // hangsUp
    if (capabilities.hangsUp === 'stream') {
      expect(await calls.end(ids, 'cancel')).toMatchObject({ kind: 'failed', retryable: true });
      expect(await calls.end(ids, 'hangup')).toEqual({ kind: 'accepted' });
      expect(account.media.closes).toBe('us');
      return;
    }
    expect(await calls.end(ids, 'cancel')).toEqual({ kind: 'accepted' });
    expect(await calls.end(ids, 'cancel')).toEqual({ kind: 'already-ended' });
    // redirects
    const redirected = capabilities.redirects ? 'already-ended' : 'failed';
    expect((await calls.redirect(ids, STREAM)).kind).toBe(redirected);
    // digitsOut
    const pressed = capabilities.digitsOut === 'api' ? 'already-ended' : 'failed';
    expect((await calls.sendDigits(ids, '1')).kind).toBe(pressed);
    const over = { status: ['found'], alive: ['ended', 'not-found'], none: ['failed'] };
    expect(over[capabilities.lookUp]).toContain((await calls.lookUp(ids)).kind);
  });

  it('dials without a public address where it needs none, and only there', async () => {
    const { calls, capabilities, numbers } = carrier.account;
    const call = { ...CALL, idempotencyKey: 'patchbay-2-1', from: numbers[0] ?? '', urls: null };
    const dialled = await calls.place(call);
    expect(dialled.kind === 'accepted').toBe(!capabilities.needsPublicUrl);
    if (dialled.kind === 'accepted') await calls.end(dialled.ids, 'cancel');
  });
}
