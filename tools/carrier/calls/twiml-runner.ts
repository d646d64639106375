import { once } from 'node:events';
import { callFields } from './call-fields.js';
import type { InstructionSource, Target } from './call-plan.js';
import type { CarrierContext } from './carrier-context.js';
import type { SimulatedCall } from './simulated-call.js';
import { callbackProblem } from './status-callbacks.js';
import { openStream } from './stream-opener.js';
import { dialPerson } from './dial-person.js';
import type { FormFields } from '../form-fields.js';
import type { AlertLevel } from '../alerts.js';
import type { MediaStream, StreamEnd } from '../media/media-stream.js';
import { pause } from '../pause.js';
import { withoutFragment } from '../signing/signature.js';
import type { Instructions } from '../twiml/read-reply.js';
import { readDocument, readReply } from '../twiml/read-reply.js';
import type { StreamNoun, Verb } from '../twiml/read-twiml.js';

interface Document {
  verbs: Verb[];
  /** The base of relative URLs; null for inline TwiML. */
  url: string | null;
}

type Connect = Extract<Verb, { kind: 'connect' }>;

/** Asks for instructions and plays them until the call is over. */
export class TwimlRunner {
  /** Stream callbacks that are under way. */
  private readonly telling: Array<Promise<void>> = [];

  constructor(
    private readonly call: SimulatedCall,
    private readonly carrier: CarrierContext,
  ) {}

  async run(): Promise<void> {
    let source: InstructionSource | null = this.call.plan.answer;
    while (source !== null && !this.call.over.aborted) {
      const leg = this.call.nextLeg();
      const document = await this.obtain(source);
      if (!leg.aborted && document === null) this.hangUp();
      source = leg.aborted || document === null ? null : await this.play(document, leg);
      source = this.call.takeRedirection() ?? source;
    }
    this.hangUp();
    await Promise.all(this.telling);
  }

  /** Null when there are no instructions: Twilio plays "an application error has occurred". */
  private async obtain(source: InstructionSource): Promise<Document | null> {
    if (source.kind === 'twiml') return this.accept(readDocument(source.text), null);
    const { target } = source;
    const asked = await this.ask(target, source.as, source.fields ?? []);
    if ('verbs' in asked) return asked;
    const { fallback } = this.call.plan;
    if (fallback === null || this.call.over.aborted) return null;
    const again = await this.ask(fallback, 'fallback', [
      ['ErrorCode', String(asked.failed)],
      ['ErrorUrl', withoutFragment(target.url)],
    ]);
    return 'verbs' in again ? again : null;
  }

  private async ask(
    target: Target,
    kind: 'voice' | 'redirect' | 'action' | 'fallback',
    more: ReadonlyArray<readonly [string, string]>,
  ): Promise<Document | { failed: number }> {
    const { call, carrier } = this;
    const fields = [...callFields(call, carrier.settings.accountSid), ...more];
    const delivery = await carrier.send(call, { kind, ...target, fields });
    if (carrier.stopping.aborted) return { failed: 0 };
    const where = `${kind} webhook`;
    if (delivery.kind === 'failed') {
      this.alert(delivery.code, 'error', `${where}: ${delivery.message}`);
      return { failed: delivery.code };
    }
    const instructions = readReply(delivery.reply);
    if (instructions.kind === 'error') {
      this.alert(instructions.code, 'error', `${where}: ${instructions.message}`);
      return { failed: instructions.code };
    }
    return this.accept(instructions, delivery.url) ?? { failed: 0 };
  }

  private accept(instructions: Instructions, url: string | null): Document | null {
    if (instructions.kind === 'error') {
      this.alert(instructions.code, 'error', instructions.message);
      return null;
    }
    for (const { code, level, message } of instructions.problems) this.alert(code, level, message);
    return { verbs: instructions.verbs, url: url === null ? null : withoutFragment(url) };
  }

  /** Plays the verbs in order. Returns where to ask next, or null when there is no more. */
  private async play(document: Document, leg: AbortSignal): Promise<InstructionSource | null> {
    for (const verb of document.verbs) {
      if (leg.aborted) return null;
      switch (verb.kind) {
        case 'pause':
          // As the first verb, `<Pause>` delays the answer of an inbound call.
          await pause(verb.seconds * 1000, leg);
          break;
        case 'say':
          this.answer();
          this.call.spoken.push(verb.text);
          this.call.phone?.speak(verb.text);
          await pause(verb.text.length * this.carrier.settings.sayMsPerCharacter, leg);
          break;
        case 'hangup':
          this.hangUp();
          return null;
        case 'reject':
          this.reject(verb.reason);
          return null;
        case 'redirect':
          return this.resolve(verb.url, verb.method, document.url, 'redirect');
        case 'connect': {
          this.answer();
          const next = await this.connect(verb, document, leg);
          if (next !== null) return next;
          break;
        }
        case 'dial': {
          this.answer();
          const fields = await dialPerson(this.call, verb, leg, this.carrier);
          if (verb.action === null) break;
          return this.afterwards(verb.action, verb.method, document.url, leg, fields);
        }
      }
    }
    return null;
  }

  private async connect(
    verb: Connect,
    document: Document,
    leg: AbortSignal,
  ): Promise<InstructionSource | null> {
    if (verb.stream !== null) await this.stream(verb.stream, document.url, leg);
    if (verb.action === null) return null;
    await this.waitToAsk(leg);
    return this.afterwards(verb.action, verb.method, document.url, leg);
  }

  /** What follows a verb with an `action`. */
  private async afterwards(
    action: string,
    method: 'GET' | 'POST',
    documentUrl: string | null,
    leg: AbortSignal,
    fields: FormFields = [],
  ): Promise<InstructionSource | null> {
    const next = this.resolve(action, method, documentUrl, 'action');
    if (next === null || next.kind === 'twiml') return next;
    if (!leg.aborted) return { ...next, fields };
    // The call ended meanwhile: `action` is told, and its answer is not obeyed.
    // After a redirection by REST it is not asked (assumption).
    if (this.call.over.aborted && !this.carrier.stopping.aborted) {
      await this.ask(next.target, 'action', fields);
    }
    return null;
  }

  /** The pause before `action` is asked, cut short when the call ends or is redirected. */
  private async waitToAsk(leg: AbortSignal): Promise<void> {
    const { asksAfterMs = 0 } = this.call.plan.behaviour.stream ?? {};
    if (asksAfterMs !== null) await pause(asksAfterMs, leg);
    else if (!leg.aborted) await once(leg, 'abort');
  }

  /** Resolves when the gateway, the network or the end of the call ends the stream. */
  private async stream(noun: StreamNoun, documentUrl: string | null, leg: AbortSignal) {
    const stream = await openStream(this.call, noun, documentUrl, this.carrier);
    if (stream === null) return;
    // Redirected, the call does not wait until the gateway has closed the stream's socket (assumption).
    let redirected: (end: StreamEnd) => void = () => undefined;
    const replaced = new Promise<StreamEnd>((resolve) => (redirected = resolve));
    const stop = () => {
      stream.stop();
      if (!this.call.over.aborted) redirected('stopped');
    };
    leg.addEventListener('abort', stop);
    if (await stream.connect()) {
      this.call.streamHasStarted(stream);
      this.carrier.streamStarted(this.call, stream);
      this.tell(noun, stream, 'stream-started');
      const end = await Promise.race([stream.ended, replaced]);
      const lost = end === 'lost' || end === 'cut';
      this.tell(noun, stream, lost ? 'stream-error' : 'stream-stopped');
    } else this.tell(noun, stream, 'stream-error');
    leg.removeEventListener('abort', stop);
  }

  /** `statusCallback` of `<Stream>`; its Timestamp is ISO 8601 with nanoseconds, unlike the call's. */
  private tell(
    noun: StreamNoun,
    stream: MediaStream,
    event: 'stream-started' | 'stream-stopped' | 'stream-error',
  ): void {
    if (noun.statusCallback === null || this.carrier.stopping.aborted) return;
    if (!/^https?:\/\//i.test(noun.statusCallback) || !URL.canParse(noun.statusCallback)) {
      return this.alert(11_100, 'error', `statusCallback "${noun.statusCallback}" is not absolute`);
    }
    const { call, carrier } = this;
    const sending = carrier.send(call, {
      kind: 'stream-status',
      url: noun.statusCallback,
      method: noun.statusCallbackMethod,
      fields: [
        ['AccountSid', carrier.settings.accountSid],
        ['CallSid', call.sid],
        ['StreamSid', stream.sid],
        ['StreamName', noun.name ?? stream.sid],
        ['StreamEvent', event],
        ...(event === 'stream-error' ? [['StreamError', 'stream failed'] as const] : []),
        ['Timestamp', new Date().toISOString().replace('Z', '000000Z')],
      ],
    });
    const judged = sending.then((delivery) => {
      const problem = callbackProblem(delivery);
      if (problem === null || carrier.stopping.aborted) return;
      return this.alert(problem.code, problem.level, problem.message);
    });
    this.telling.push(judged);
  }

  private resolve(
    text: string,
    method: 'GET' | 'POST',
    documentUrl: string | null,
    as: 'redirect' | 'action',
  ): InstructionSource | null {
    // An empty <Redirect> or action asks the current document again.
    const usable = documentUrl === null ? URL.canParse(text) : URL.canParse(text, documentUrl);
    if (!usable) {
      this.alert(documentUrl === null ? 15_004 : 11_100, 'error', `${as} "${text}" is no URL`);
      return null;
    }
    // An absolute URL is kept byte by byte, because exactly these bytes are signed.
    const absolute = /^https?:\/\//i.test(text);
    const url = absolute ? text : new URL(text, documentUrl ?? undefined).href;
    if (!/^https?:\/\//i.test(url)) {
      this.alert(11_100, 'error', `${as} "${text}" is not http or https`);
      return null;
    }
    return { kind: 'ask', target: { url, method }, as };
  }

  /** An inbound call is answered by the first verb that is neither Reject, Pause nor Redirect. */
  private answer(): void {
    if (this.call.answeredAt === null) this.call.move('in-progress');
  }

  private hangUp(): void {
    if (this.call.over.aborted || this.carrier.stopping.aborted) return;
    this.answer();
    this.call.end('completed', 200);
  }

  /** Twilio does not document the final status of `rejected`; here it is `no-answer`. */
  private reject(reason: 'busy' | 'rejected'): void {
    if (this.call.answeredAt === null) {
      if (reason === 'busy') this.call.end('busy', 486);
      else this.call.end('no-answer', 603);
      return;
    }
    this.alert(12_200, 'warning', '<Reject> of a call that is already answered');
    this.hangUp();
  }

  private alert(code: number, level: AlertLevel, message: string): void {
    this.carrier.alert({ code, level, message, callSid: this.call.sid });
  }
}
