import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  isMalformed,
  type AnswerInstruction,
  type FormFields,
  type RenderedAnswer,
  type SignedWebhook,
  type TelephonyProvider,
} from '../../src/providers/telephony-provider.js';
import type { StreamMessage, UpgradeProof } from '../../src/providers/media-dialect.js';

/** What an adapter's own spec brings along: how its carrier signs, and samples of what it says. */
export interface ProviderFixture {
  /** With an account; its REST calls lead to where nobody listens. */
  configured(): TelephonyProvider;
  /** Without its settings. */
  unconfigured(): TelephonyProvider;
  /** Everything the carrier sends with a webhook, signed by the account, or by somebody else. */
  signWebhook(
    url: string,
    fields: FormFields,
    by: 'account' | 'stranger',
  ): Omit<SignedWebhook, 'urls'>;
  /** The headers of an upgrade; null where the carrier does not sign upgrades. */
  signUpgrade(url: string, by: 'account' | 'stranger'): IncomingHttpHeaders | null;
  /** A request for instructions for a call that comes in. */
  inboundAnswer: FormFields;
  /** The same for a call that we placed and that was answered. */
  outboundAnswer: FormFields;
  /** One callback for every kind that the carrier sends. */
  callbacks: readonly FormFields[];
  /** Socket messages, by what they mean; the token of `start` is `token-1`, if the carrier passes one. */
  messages: Record<'start' | 'audio' | 'dtmf' | 'mark' | 'stop', string>;
  /** All texts and attributes of an answer, unescaped; throws when the carrier could not read it. */
  readAnswer(answer: RenderedAnswer): string[];
}

const URL = 'https://calls.example.com/api/v1/telephony/twiml?workflow_id=1&workflow_run_id=2';
const STREAM_URL = 'wss://calls.example.com/api/v1/telephony/ws/1/2/3';

/** What the rest of the service may rely on, whichever carrier it talks to. */
export function describeProvider(name: string, fixture: ProviderFixture): void {
  describe(`the ${name} adapter`, () => {
    const provider = fixture.configured();

    it('knows its name and its account', () => {
      expect(provider.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(provider.configured).toBe(true);
      expect(provider.accountId).not.toBe('');
      expect(provider.numbers.length).toBeGreaterThan(0);
      for (const number of provider.numbers) expect(number).toMatch(/^\+[1-9]\d{6,14}$/);
      expect(provider.callsPerSecond).toBeGreaterThan(0);
    });

    describe('signatures', () => {
      signatureContract(provider, fixture);
    });
    describe('fields', () => {
      fieldContract(provider, fixture);
    });
    describe('answers', () => {
      answerContract(provider, fixture);
    });
    describe('the stream', () => {
      streamContract(provider, fixture);
    });
    describe('diagnostics', () => {
      diagnosticsContract(provider, fixture);
    });
    describe('alone', () => {
      absenceContract(provider, fixture);
    });
  });
}

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));

function signatureContract(provider: TelephonyProvider, fixture: ProviderFixture): void {
  const signed = fixture.signWebhook(URL, fixture.inboundAnswer, 'account');

  it('of the account are accepted, and recognised as this carrier’s', () => {
    expect(provider.recognises(signed.headers)).toBe(true);
    expect(provider.verifyWebhook({ ...signed, urls: [URL] })).toEqual({ valid: true });
    const urls = ['https://elsewhere.example/', URL];
    expect(provider.verifyWebhook({ ...signed, urls })).toEqual({ valid: true });
  });

  it('of a stranger are refused', () => {
    const strange = fixture.signWebhook(URL, fixture.inboundAnswer, 'stranger');
    expect(provider.verifyWebhook({ ...strange, urls: [URL] }).valid).toBe(false);
  });

  it('are missed', () => {
    const headers: IncomingHttpHeaders = { 'content-type': signed.headers['content-type'] };
    expect(provider.recognises(headers)).toBe(false);
    expect(provider.verifyWebhook({ ...signed, headers, urls: [URL] })).toEqual({
      valid: false,
      reason: 'missing',
    });
  });

  it('cover the URL and the body', () => {
    const other = [`${URL}0`, URL.replace('https', 'http'), URL.replace('calls', 'call5')];
    expect(provider.verifyWebhook({ ...signed, urls: other }).valid).toBe(false);
    expect(provider.verifyWebhook({ ...signed, urls: [] }).valid).toBe(false);
    const body = Buffer.concat([signed.body, Buffer.from('&x=y')]);
    expect(provider.verifyWebhook({ ...signed, body, urls: [URL] }).valid).toBe(false);
  });

  it('of upgrades are checked where the carrier signs them', () => {
    const verify = (headers: IncomingHttpHeaders, url = STREAM_URL) =>
      isProven(provider.media.verifyUpgrade({ headers, urls: [url] }));
    const headers = fixture.signUpgrade(STREAM_URL, 'account');
    if (headers === null) return;
    expect(verify(headers)).toBe(true);
    expect(verify(headers, `${STREAM_URL}4`)).toBe(false);
    expect(verify({})).toBe(false);
    expect(verify(fixture.signUpgrade(STREAM_URL, 'stranger') ?? {})).toBe(false);
  });

  it('never throw, whatever a stranger sends', () => {
    const known = Object.keys(signed.headers);
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
    fc.assert(
      fc.property(fc.record({ method, headers, body, urls }), (request) => {
        expect(typeof provider.recognises(request.headers)).toBe('boolean');
        expect(provider.verifyWebhook(request).valid).toBe(false);
        const upgrade = provider.media.verifyUpgrade(request);
        const signs = fixture.signUpgrade(STREAM_URL, 'account') !== null;
        if (signs) expect(isProven(upgrade)).toBe(false);
      }),
    );
  });
}

function isProven(proof: UpgradeProof): boolean {
  return 'valid' in proof && proof.valid;
}

function fieldContract(provider: TelephonyProvider, fixture: ProviderFixture): void {
  it('of a call that comes in name it and its parties', () => {
    const answer = provider.parseAnswer(fixture.inboundAnswer);
    expect(answer).toMatchObject({ accountId: provider.accountId, direction: 'inbound' });
    if (isMalformed(answer)) throw new Error(answer.malformed);
    expect(answer.callId).not.toBe('');
    expect(provider.numbers).toContain(answer.to);
  });

  it('of a call that we placed tell that it was answered', () => {
    const answer = provider.parseAnswer(fixture.outboundAnswer);
    expect(answer).toMatchObject({ direction: 'outbound', status: 'answered' });
  });

  it('that are new to us are accepted', () => {
    const more = [['Something-New', 'x'] as const, ['__proto__', 'x'] as const];
    expect(isMalformed(provider.parseAnswer([...fixture.inboundAnswer, ...more]))).toBe(false);
    for (const callback of fixture.callbacks) {
      expect(isMalformed(provider.parseCallback([...callback, ...more]))).toBe(false);
    }
  });

  it('of callbacks are events for the ledger, one key for one fact', () => {
    const keys = fixture.callbacks.map((fields) => {
      const report = provider.parseCallback(fields);
      if (isMalformed(report)) throw new Error(report.malformed);
      expect(report.accountId).toBe(provider.accountId);
      expect(report.callId).not.toBe('');
      expect(report.event.source).toBe('status-callback');
      expect(report.event.status === null).toBe(report.event.type !== 'status');
      expect(provider.parseCallback(fields)).toEqual(report);
      return report.event.dedupeKey;
    });
    expect(keys).not.toContain(null);
    expect(new Set(keys).size).toBe(fixture.callbacks.length);
  });

  it('are never too strange', () => {
    const names = [fixture.inboundAnswer, ...fixture.callbacks].flat().map(([field]) => field);
    const field = fc.tuple(fc.oneof(fc.constantFrom(...names), text), text);
    // Beside what makes sense, and alone.
    const around = fc.constantFrom<FormFields>([], fixture.inboundAnswer, ...fixture.callbacks);
    fc.assert(
      fc.property(around, fc.array(field), (known, strange) => {
        for (const form of [
          [...known, ...strange],
          [...strange, ...known],
        ]) {
          const answer = provider.parseAnswer(form);
          if (!isMalformed(answer)) expect(answer.callId).not.toBe('');
          const report = provider.parseCallback(form);
          if (!isMalformed(report)) expect(() => JSON.stringify(report)).not.toThrow();
        }
      }),
    );
  });
}

function answerContract(provider: TelephonyProvider, fixture: ProviderFixture): void {
  const stream: AnswerInstruction = {
    kind: 'stream',
    notice: null,
    streamUrl: STREAM_URL,
    actionUrl: `${URL}#rc=3&rp=5xx,ct,rt`,
    token: 'token-1_A',
  };

  it('lead to the stream with its token, and back', () => {
    const texts = fixture.readAnswer(provider.renderAnswer(stream));
    expect(texts).toEqual(expect.arrayContaining([STREAM_URL, stream.actionUrl, stream.token]));
  });

  it('can be read, each other than the others', () => {
    const all: AnswerInstruction[] = [
      stream,
      { kind: 'hangup' },
      { kind: 'say-and-hangup', sentence: 'Goodbye.' },
      { kind: 'reject', busy: true },
      { kind: 'reject', busy: false },
    ];
    const bodies = all.map((instruction) => {
      const rendered = provider.renderAnswer(instruction);
      expect(rendered.contentType).toMatch(/^(text|application)\/[a-z+.-]+/);
      expect(() => fixture.readAnswer(rendered)).not.toThrow();
      return rendered.body;
    });
    expect(new Set(bodies).size).toBe(all.length);
  });

  it('say any sentence, without what the carrier’s language forbids', () => {
    const say = (sentence: string) =>
      fixture.readAnswer(provider.renderAnswer({ kind: 'say-and-hangup', sentence })).join('');
    expect(say('a\u0000\u0001b\u001F\uFFFE\uD800c')).toContain('abc');
    expect(say('<Hangup/> & "Ä\u{1F600}"')).toContain('<Hangup/> & "Ä\u{1F600}"');
    fc.assert(fc.property(text, (sentence) => typeof say(sentence) === 'string'));
  });
}

function streamContract(provider: TelephonyProvider, fixture: ProviderFixture): void {
  const stream = provider.media.session();
  stream.decode(fixture.messages.start);

  it('is understood', () => {
    const decoded = Object.entries(fixture.messages).map(([kind, message]) => {
      const { kind: understood } = stream.decode(message);
      return [kind, understood];
    });
    for (const [kind, understood] of decoded) expect(understood).toBe(kind);
  });

  it('starts with the ids of the call and the token, which is no parameter', () => {
    const start = stream.decode(fixture.messages.start) as Extract<
      StreamMessage,
      { kind: 'start' }
    >;
    expect(start.accountId).toBe(provider.accountId);
    expect([start.streamId, start.callId]).not.toContain('');
    expect(['token-1', null]).toContain(start.token);
    expect(Object.values(start.parameters)).not.toContain('token-1');
  });

  it('carries audio of any length as it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1_000 }), (bytes) => {
        const decoded = stream.decode(stream.audio(Buffer.from(bytes)));
        // A carrier may speak to us in other words than we to it.
        if (decoded.kind === 'audio') expect(decoded.audio).toEqual(Buffer.from(bytes));
        else expect(['ignored', 'invalid']).toContain(decoded.kind);
      }),
    );
  });

  it('is told every thing in words of its own', () => {
    const texts = [stream.audio(Buffer.from([1])), stream.mark('mark-1'), ...stream.clear()];
    expect(new Set(texts).size).toBe(3);
    expect(texts[1]).toContain('mark-1');
  });

  it('is never too strange', () => {
    const samples = Object.values(fixture.messages);
    const spoilt = fc
      .tuple(fc.constantFrom(...samples), fc.nat(), fc.nat(20), text)
      .map(([message, at, length, part]) => {
        const start = at % message.length;
        return message.slice(0, start) + part + message.slice(start + length);
      });
    const json = fc.json();
    fc.assert(
      fc.property(fc.oneof(spoilt, json, text), (message) => {
        expect(typeof stream.decode(message).kind).toBe('string');
      }),
    );
  });
}

function diagnosticsContract(provider: TelephonyProvider, fixture: ProviderFixture): void {
  it('are not offered without settings', () => {
    expect(fixture.unconfigured().diagnostics).toBeNull();
  });

  const { diagnostics } = provider;
  // A carrier need not offer any.
  if (!diagnostics) return;

  it('sign the question about a call that does not exist as every other', () => {
    const { method, headers, body } = diagnostics.syntheticAnswer(`${URL}#fragment`);
    const lowered = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const request = { method, headers: lowered, body: Buffer.from(body) };
    expect(provider.recognises(lowered)).toBe(true);
    expect(provider.verifyWebhook({ ...request, urls: [URL] })).toEqual({ valid: true });
    expect(provider.verifyWebhook({ ...request, urls: [`${URL}x`] }).valid).toBe(false);
    const asked = provider.parseAnswer([...new URLSearchParams(body)]);
    expect(asked).toMatchObject({ accountId: provider.accountId, direction: 'outbound' });
    expect(Object.keys(lowered)).toEqual(expect.arrayContaining([...diagnostics.signatureHeaders]));
  });

  it('without a carrier that listens, throw nothing', async () => {
    const failed = { kind: 'failed', message: expect.any(String) };
    expect(await diagnostics.account()).toEqual(failed);
    expect(await diagnostics.alerts(new Date())).toEqual(failed);
    expect(await diagnostics.ownedNumbers()).toEqual(failed);
    expect(await diagnostics.time()).toEqual(failed);
  });
}

function absenceContract(provider: TelephonyProvider, fixture: ProviderFixture): void {
  const call = {
    to: '+14155552671',
    from: '+12025550100',
    answerUrl: URL,
    statusCallbackUrl: URL,
    ringTimeoutSeconds: 60,
    maxDurationSeconds: 3_600,
    machineDetection: null,
  };
  const search = { to: call.to, from: call.from, since: new Date(0) };
  const urls = { answerUrl: URL, statusCallbackUrl: URL };

  it('without a carrier that listens, knows that nothing rings, and throws nothing', async () => {
    expect(await provider.placeCall(call)).toMatchObject({ kind: 'unreachable' });
    expect(await provider.endCall('call-1', true)).toMatchObject({
      kind: 'failed',
      retryable: true,
    });
    expect(await provider.lookUpCall('call-1')).toMatchObject({ kind: 'failed' });
    expect(await provider.searchCalls(search)).toMatchObject({ kind: 'failed' });
    expect(await provider.configureNumber(call.from, urls)).toMatchObject({ kind: 'failed' });
  });

  it('without settings, verifies nothing and dials nothing', async () => {
    const none = fixture.unconfigured();
    expect(none.name).toBe(provider.name);
    expect([none.configured, none.accountId, none.numbers]).toEqual([false, '', []]);
    for (const by of ['account', 'stranger'] as const) {
      const signed = fixture.signWebhook(URL, fixture.inboundAnswer, by);
      const refused = { valid: false, reason: 'not-configured' };
      expect(none.verifyWebhook({ ...signed, urls: [URL] })).toEqual(refused);
      const upgrade = fixture.signUpgrade(STREAM_URL, by);
      if (upgrade)
        expect(none.media.verifyUpgrade({ headers: upgrade, urls: [STREAM_URL] })).toEqual(refused);
    }
    expect(await none.placeCall(call)).toMatchObject({ kind: 'rejected' });
    expect(await none.endCall('call-1', false)).toMatchObject({ kind: 'failed', retryable: false });
    expect(await none.lookUpCall('call-1')).toMatchObject({ kind: 'failed' });
    expect(await none.searchCalls(search)).toMatchObject({ kind: 'failed' });
    expect(await none.configureNumber(call.from, urls)).toMatchObject({ kind: 'failed' });
  });
}
