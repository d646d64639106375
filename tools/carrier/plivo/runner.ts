import { randomUUID } from 'node:crypto';
import { localStream } from '../gateway-place.js';
import type { Courier } from './courier.js';
import { ENDINGS, type EndingName, type ExchangeCall } from './exchange-call.js';
import type { Doubts, ExchangeOptions } from './exchange-options.js';
import { readReply, type Verb } from './reply.js';
import { ExchangeStream } from './stream.js';

interface Consequences {
  violation(text: string): void;
  end(call: ExchangeCall, name: EndingName): Promise<void>;
}

/** Asks for instructions and carries them out, one after the other. */
export class InstructionRunner {
  constructor(
    private readonly options: ExchangeOptions,
    private readonly doubts: Doubts,
    private readonly courier: Courier,
    private readonly consequences: Consequences,
  ) {}

  /** The fields that every request about a call has. */
  fieldsOf(call: ExchangeCall, event: string, status: string): Record<string, string> {
    const request = call.requestId;
    return {
      CallUUID: call.id,
      From: call.from,
      To: call.to,
      ForwardedFrom: '',
      CallStatus: status,
      Direction: call.direction,
      Event: event,
      BillRate: '0.002',
      ParentAuthID: this.options.authId,
      SessionStart: '2026-04-08 11:34:33.238707',
      ...(request === null ? {} : { ALegUUID: call.id, ALegRequestUUID: request }),
      ...(request === null || !this.doubts.namesRequest ? {} : { RequestUUID: request }),
    };
  }

  /**
   * Asks what to do with a call, in place of what it is doing. Resolves with the first instruction under way: a
   * stream that is open or refused, a person being called, a call that is over.
   */
  async ask(
    call: ExchangeCall,
    url: string,
    event: string,
    more: Record<string, string> = {},
  ): Promise<void> {
    call.instructions += 1;
    const mine = call.instructions;
    for (const stream of call.streams) stream.end();
    const isNew = call.direction === 'inbound' && call.state === 'ringing';
    const status = isNew ? 'ringing' : 'in-progress';
    const reply = await this.courier.ask(url, { ...this.fieldsOf(call, event, status), ...more });
    if (call.instructions !== mine) return;
    if (reply.status !== 200) {
      this.consequences.violation(`a question was answered with ${reply.status}`);
      return this.consequences.end(call, 'failed');
    }
    const verbs = this.read(reply.contentType, reply.text);
    if (verbs === null) return this.consequences.end(call, 'failed');
    await this.carryOut(call, verbs, mine);
  }

  async personAnswers(call: ExchangeCall): Promise<void> {
    const dial = this.dialOf(call);
    for (const [Event, DialAction] of [
      ['DialAnswer', 'answer'],
      ['DialConnected', 'connected'],
    ] as const) {
      await this.courier.tell(dial.callback, {
        ...this.fieldsOf(call, Event, 'in-progress'),
        ...this.legOf(call),
        DialAction,
        DialBLegStatus: DialAction,
      });
    }
  }

  async personEnds(call: ExchangeCall, name: EndingName): Promise<void> {
    const dial = this.dialOf(call);
    const ending = ENDINGS[name];
    const cause = ending.cause.toUpperCase().replaceAll(' ', '_');
    await this.courier.tell(dial.callback, {
      ...this.fieldsOf(call, 'DialHangup', 'in-progress'),
      ...this.legOf(call),
      DialAction: 'hangup',
      DialBLegStatus: 'hangup',
      DialBLegDuration: name === 'hangup' ? '3' : '0',
      DialBLegHangupCause: cause,
      DialBLegHangupCauseCode: ending.code,
      DialBLegHangupCauseName: ending.cause,
      DialBLegHangupSource: ending.source,
    });
    call.dial = null;
    await this.ask(call, dial.action, 'Redirect', {
      DialStatus: ending.status,
      DialRingStatus: 'true',
      DialHangupCause: cause,
      DialALegUUID: call.id,
      // Of a call that nobody took there may be none.
      DialBLegUUID: name === 'hangup' ? dial.legId : '',
    });
  }

  private read(contentType: string | null, text: string): Verb[] | null {
    try {
      return readReply(contentType, text, this.options.face);
    } catch (error) {
      this.consequences.violation(String(error));
      return null;
    }
  }

  private async carryOut(call: ExchangeCall, verbs: readonly Verb[], mine: number): Promise<void> {
    for (const [at, verb] of verbs.entries()) {
      if (call.instructions !== mine) return;
      switch (verb.verb) {
        case 'Speak':
          call.state = 'in-progress';
          call.said.push(verb.text);
          break;
        case 'Hangup': {
          const isRefused = verb.reason !== null && call.state === 'ringing';
          const refusal = verb.reason === 'busy' ? 'busy' : 'rejected';
          return this.consequences.end(call, isRefused ? refusal : 'end-of-xml');
        }
        case 'Redirect':
          return this.ask(call, verb.url, 'Redirect');
        case 'Dial':
          call.state = 'in-progress';
          call.dial = { ...verb, legId: randomUUID() };
          return;
        case 'Stream': {
          call.state = 'in-progress';
          const stream = await this.open(call, verb);
          if (stream === null) break;
          // What follows waits for the end of the stream; nobody waits for that here.
          const rest = verbs.slice(at + 1);
          void stream.closed.then(() => this.carryOut(call, rest, mine)).catch(() => undefined);
          return;
        }
        default:
          verb satisfies never;
      }
    }
    if (call.instructions === mine) await this.consequences.end(call, 'end-of-xml');
  }

  private async open(
    call: ExchangeCall,
    { url, contentType, extraHeaders }: Verb & { verb: 'Stream' },
  ): Promise<ExchangeStream | null> {
    const { gateway, face, authToken, authId } = this.options;
    if (!gateway) throw new Error('there is no gateway');
    const asked = url.replace(/^wss:/, 'https:');
    const signed = { method: 'GET' as const, url: asked, fields: [] };
    const { versions, extraHeadersAs, returnsCleared, saysStop } = this.doubts;
    const stream = await ExchangeStream.open(
      localStream(gateway, url),
      face.signsUpgrades ? face.sign({ ...signed, versions }, authToken) : {},
      {
        face,
        callId: call.id,
        accountId: authId,
        contentType,
        extraHeaders,
        extraHeadersAs,
        returnsCleared,
        saysStop,
        violation: (text) => this.consequences.violation(text),
      },
    );
    if (typeof stream === 'number') {
      call.refusals.push(stream);
      return null;
    }
    call.streams.push(stream);
    return stream;
  }

  private dialOf({ dial }: ExchangeCall): NonNullable<ExchangeCall['dial']> {
    if (!dial) throw new Error('nobody is being called');
    return dial;
  }

  private legOf(call: ExchangeCall): Record<string, string> {
    const { legId, to, from } = this.dialOf(call);
    return {
      DialALegUUID: call.id,
      DialBLegUUID: legId,
      DialBLegFrom: from,
      DialBLegTo: to,
      DialBLegPosition: '1',
    };
  }
}
