import { randomUUID } from 'node:crypto';
import { localStream } from '../gateway-place.js';
import type { FrameClock } from '../media/frame-clock.js';
import { nccoFault } from './api-rules.js';
import { VonageSocket } from './media-socket.js';
import type { Switchboard } from './switchboard.js';
import type { Action, VonageCall } from './vonage-call.js';
import type { HttpReply } from './webhooks.js';

/** How long a sentence takes here. */
const TALK_MS = 20;

/** Does what a call's instruction says, one action after the other; a call without a further action ends. */
export class NccoRunner {
  constructor(
    private readonly exchange: Switchboard,
    private readonly clock: FrameClock,
  ) {}

  /** Asks what is to be done with a call. */
  async begin(call: VonageCall, method: 'GET' | 'POST'): Promise<void> {
    const { webhooks, violate, options } = this.exchange;
    if (!options.gateway) return;
    const { from, to, id, conversationId } = call;
    const fields = { from, to, uuid: id, conversation_uuid: conversationId };
    const reply = await webhooks.question(call.answerUrl, method, fields);
    if (call.state === 'over') return;
    const ncco = this.nccoIn(reply);
    if (ncco) return this.run(call, ncco);
    violate(`a question was answered with ${reply.status}`);
    this.exchange.end(call, 'failed');
  }

  run(call: VonageCall, ncco: readonly Action[]): void {
    call.instruction += 1;
    this.leave(call);
    call.actions = [...ncco];
    this.next(call, call.instruction);
  }

  /** Ends what a call was doing. */
  leave(call: VonageCall): void {
    call.instruction += 1;
    for (const stream of call.streams) stream.end();
    const { person } = call;
    call.person = null;
    if (person) this.exchange.end(person, person.state === 'answered' ? 'completed' : 'cancelled');
  }

  /**
   * Tells what becomes of a person who is called. Whoever is not reached, or hangs up, leaves the caller to what the
   * reply says, or else to the next action.
   */
  async personTold(
    caller: VonageCall,
    person: VonageCall,
    word: string,
    more: object = {},
  ): Promise<void> {
    const { webhooks } = this.exchange;
    const { instruction } = caller;
    const isCurrent = caller.person === person;
    const reply = await webhooks.ask(word, person.payload(word, more), person.eventUrl);
    // `completed` after another end decides nothing.
    if (word !== person.ended || !isCurrent || caller.instruction !== instruction) return;
    if (caller.state === 'over') return;
    const ncco = reply && this.nccoIn(reply);
    if (ncco) this.run(caller, ncco);
    else this.next(caller, instruction);
  }

  private next(call: VonageCall, instruction: number): void {
    if (call.state === 'over' || call.instruction !== instruction) return;
    const action = call.actions.shift();
    if (!action) {
      this.exchange.end(call, call.state === 'answered' ? 'completed' : 'rejected');
      return;
    }
    this.exchange.answer(call);
    if (action['action'] === 'talk') {
      call.said.push(String(action['text']));
      call.after(TALK_MS, () => this.next(call, instruction));
      return;
    }
    const [{ type }] = action['endpoint'] as [{ type: string }];
    if (type === 'phone') this.exchange.person(call, action);
    else void this.stream(call, action, instruction);
  }

  private async stream(call: VonageCall, action: Action, instruction: number): Promise<void> {
    const { options, violate, webhooks, doubts } = this.exchange;
    const { gateway } = options;
    if (!gateway) return;
    const [endpoint] = action['endpoint'] as [Action];
    const { uri, authorization, headers = {} } = endpoint;
    if (endpoint['content-type'] !== 'audio/l16;rate=16000') violate('audio of another format');
    const { notifiesCleared, audioFirst } = doubts;
    const socket = new VonageSocket(
      String(uri),
      { headers: headers as Record<string, unknown>, notifiesCleared, audioFirst, violate },
      this.clock,
    );
    call.streams.push(socket);
    const isSigned = (authorization as Action | undefined)?.['type'] === 'vonage';
    const proof = isSigned ? webhooks.signed(doubts.upgradeHash) : {};
    const leg = new Leg(call, action, String(uri));
    const { eventUrl } = leg;
    webhooks.tell('started', leg.payload('started'), eventUrl);
    const status = await socket.open(localStream(gateway, String(uri)), proof);
    if (status !== 101) {
      violate(`the stream was refused with ${status}`);
      await this.streamOver(call, leg, 'failed', instruction);
      return;
    }
    if (call.instruction !== instruction) socket.end();
    webhooks.tell('answered', leg.payload('answered'), eventUrl);
    await socket.closed;
    // One that this side has ended is over, unless that is told in the other word.
    const isReplaced = socket.isEnded && call.state !== 'over';
    const word = socket.isEnded && !(isReplaced && doubts.replaced === 'disconnected');
    await this.streamOver(call, leg, word ? 'completed' : 'disconnected', instruction);
  }

  private async streamOver(
    call: VonageCall,
    leg: Leg,
    word: string,
    instruction: number,
  ): Promise<void> {
    const { webhooks, doubts, options } = this.exchange;
    if (options.gateway && doubts.tellsLegsTwice) {
      webhooks.tell(word, leg.payload(word), call.eventUrl);
    }
    const reply = await webhooks.ask(word, leg.payload(word), leg.eventUrl);
    if (call.instruction !== instruction || call.state === 'over') return;
    const ncco = leg.isSynchronous && reply ? this.nccoIn(reply) : null;
    if (ncco) this.run(call, ncco);
    else this.next(call, instruction);
  }

  /** Null where there is none, which for an event is no fault. */
  private nccoIn({ status, type, text }: HttpReply): Action[] | null {
    if (status !== 200 || text === '') return null;
    const { violate } = this.exchange;
    if (!type.startsWith('application/json')) {
      violate(`an instruction of the type ${type}`);
      return null;
    }
    const value: unknown = JSON.parse(text);
    const fault = nccoFault(value);
    if (fault === null) return value as Action[];
    violate(`an instruction that cannot be read: ${fault}`);
    return null;
  }
}

/** The leg to a stream, which has an id of its own. */
class Leg {
  readonly id = randomUUID();
  readonly eventUrl: string;
  readonly isSynchronous: boolean;

  constructor(
    private readonly call: VonageCall,
    action: Action,
    private readonly uri: string,
  ) {
    const [eventUrl = call.eventUrl] = (action['eventUrl'] as string[] | undefined) ?? [];
    this.eventUrl = eventUrl;
    this.isSynchronous = action['eventType'] === 'synchronous';
  }

  payload(status: string): object {
    const { conversationId, direction, from, to } = this.call;
    return {
      from: direction === 'inbound' ? from : to,
      to: this.uri,
      uuid: this.id,
      conversation_uuid: conversationId,
      status,
      direction: 'outbound',
      timestamp: new Date().toISOString(),
    };
  }
}
