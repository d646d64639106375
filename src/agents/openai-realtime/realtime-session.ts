import type { Log } from '../../shared/logger.js';
import type { AgentCall, AgentSession, Interruption, TransferFailed } from '../agent.js';
import { ConversationItems } from './conversation-items.js';
import { PressedKeys } from '../models/pressed-keys.js';
import { isFinalCode } from './realtime-codes.js';
import type { ServerEvent } from './realtime-events.js';
import type { RealtimePlace } from './realtime-line.js';
import { RealtimeLines } from './realtime-lines.js';
import { RealtimeMemory } from './realtime-memory.js';
import { sessionUpdate, type RealtimeOptions } from './realtime-options.js';
import { RealtimeTail, stateOf, type RealtimeState } from './realtime-resumption.js';
import { ModelTools } from '../models/model-tools.js';
import { RefusedMessages } from './refused-messages.js';
import { RealtimeTranscript } from './realtime-transcript.js';
import { ReplyWatch, type Awaited } from './reply-watch.js';
import { ResponseTroubles } from './response-troubles.js';
import { ResponseTurns } from './response-turns.js';
import { SpokenItems } from './spoken-items.js';
import { ToolRounds } from './tool-rounds.js';
import { UnheardAudio } from './unheard-audio.js';
import { WaitSound } from '../models/wait-sound.js';

export interface RealtimeParts {
  place: RealtimePlace;
  /** Reads the sound of the workflow's `on_wait`; null: there is none. */
  loadWait: (() => Promise<Buffer>) | null;
  log: Log;
}

const CUT_OFF =
  'What you said last was cut off for technical reasons: go on with it where it ends, without a word about that.';

/**
 * One conversation with the model, with μ-law passed straight through in both directions. Who may
 * speak is decided only here: the server reports when the caller begins,
 * and is told what to stop and how much of it was heard.
 */
export class RealtimeSession implements AgentSession {
  private readonly lines: RealtimeLines;
  private readonly turns: ResponseTurns;
  private readonly tools: ModelTools;
  private readonly unheard = new UnheardAudio();
  private readonly spoken: SpokenItems;
  private readonly rounds: ToolRounds;
  /** The caller has finished, and the server has not begun to reply. */
  private callerWaits = false;
  private readonly watch = new ReplyWatch(
    () => this.awaited(),
    (what) => this.overdue(what),
  );
  private readonly troubles = new ResponseTroubles();
  private readonly refusals: RefusedMessages;
  private readonly keys = new PressedKeys(() => this.tellKeys());
  private readonly memory = new RealtimeMemory();
  private readonly transcript: RealtimeTranscript;
  /** Null: there is none, and the caller waits in silence. */
  private readonly wait: WaitSound | null;
  /** Of an earlier session; null if there was none, or all of it was heard. */
  private tail: RealtimeTail | null = null;
  /** Nothing more of the current reply will come. */
  private replyIsComplete = true;
  /** Something of the current reply was said. */
  private replyIsHeard = false;
  /** It was asked for a reply that it never began. */
  private askedInVain = false;
  /** The first session was set up. */
  private isBegun = false;
  /** What the session that was lost owed the caller; null: none was lost since the present one was set up. */
  private loss: { at: number; reason: string; isOwed: boolean; wasCutOff: boolean } | null = null;
  private readonly items: ConversationItems;
  /** What the model was not told of yet. */
  private failedTransfer: TransferFailed | null = null;

  constructor(
    private readonly call: AgentCall,
    private readonly options: RealtimeOptions,
    { place, loadWait, log }: RealtimeParts,
  ) {
    this.transcript = new RealtimeTranscript(call);
    this.tools = new ModelTools(options.tools, call.transferTargets);
    this.lines = new RealtimeLines(place, sessionUpdate(options, this.tools.declared()), {
      onEvent: (event) => this.attempt(() => this.hear(event)),
      isPause: () => this.isPause,
      onRenewed: (recent) => this.attempt(() => this.renewed(recent)),
      onLost: (reason) => this.sessionLost(reason),
      onGivenUp: (reason) => this.giveUp(reason),
    });
    // What happens while there is no session is remembered, and told to the next.
    const send = (message: object): void => {
      if (!this.unheard.isWaiting) this.lines.send(message);
    };
    this.items = new ConversationItems(send, this.memory);
    this.turns = new ResponseTurns(send);
    this.refusals = new RefusedMessages(call.facts.workflowRunId, log, (what, detail) =>
      call.note(what, detail),
    );
    this.spoken = new SpokenItems(
      () => {
        const utterance = call.speak();
        this.transcript.agentBegins(utterance);
        return utterance;
      },
      ({ itemId, utterance }) => {
        this.transcript.agentSaid(utterance.id, this.memory.textOf(itemId));
        this.rounds.leaveIfHeard();
      },
    );
    this.rounds = new ToolRounds({
      call,
      tools: this.tools,
      turns: this.turns,
      items: this.items,
      memory: this.memory,
      isAllHeard: () => this.isAllHeard,
      onEndless: () => this.giveUp(new Error('the model uses its tools without end')),
    });
    this.wait =
      loadWait && new WaitSound({ call, load: loadWait, isWaiting: () => this.isWaiting });
  }

  begin(): void {
    const { signal } = this.call;
    if (signal.aborted) return;
    signal.addEventListener('abort', () => this.onEnd(), { once: true });
    const { interrupted } = this.call.resumed ?? {};
    const state = this.resumedState();
    // Where nothing was being said, the rest is that of a sound that was heard meanwhile.
    if (interrupted && state && state.halfHeard.length > 0) {
      const endsAtMs = interrupted.heardMs + interrupted.tailMs;
      this.tail = new RealtimeTail(this.call, state.halfHeard, endsAtMs, () => {
        this.transcript.tailSaid(this.tail?.texts() ?? [], endsAtMs);
        this.rounds.leaveIfHeard();
      });
    } else {
      // A conversation that begins anew does not begin with half a sentence.
      interrupted?.dropTail();
    }
    this.lines.open();
  }

  onAudio(audio: Buffer): void {
    if (this.unheard.take(audio)) this.lines.append(audio);
  }

  onDtmf(digit: string): void {
    this.keys.press(digit);
  }

  /** The gateway noticed the caller before the server did. */
  onInterrupted(interruption: Interruption): void {
    // The answer is still wanted, unless the server hears the caller too.
    if (this.wait?.says(interruption)) this.wait.look();
    else this.giveWay(interruption);
  }

  onTransferFailed(failed: TransferFailed): void {
    this.failedTransfer = failed;
    if (!this.unheard.isWaiting) this.tellTransferFailed();
  }

  snapshot(): RealtimeState | null {
    // The session is not set up: what it was to go on from still holds.
    if (!this.isBegun) return this.resumedState();
    const { memory, tail } = this;
    return stateOf({
      memory,
      tail,
      spoken: this.spoken.all,
      // A transfer that is not under way yet is the model's to ask for again.
      isOwed: this.isOwed || this.rounds.isTransferring,
      isLeaving: this.rounds.isLeaving && !this.rounds.isTransferring,
      keys: this.keys.pressed,
    });
  }

  onEnd(): void {
    this.lines.close();
    // What was being said is told by the session that goes on with the call.
    if (this.call.signal.reason !== 'moved') this.tellUnfinished();
    this.rounds.stop();
    this.keys.stop();
    this.watch.stop();
    this.wait?.stop();
    this.troubles.stop();
  }

  /** The call has ended before the model was heard out. */
  private tellUnfinished(): void {
    for (const { itemId, utteranceId, share } of this.spoken.takeCut()) {
      this.memory.cut(itemId, share);
      this.transcript.agentSaid(utteranceId, this.memory.textOf(itemId));
    }
  }

  /** The caller waits for a reply, or for the rest of one. */
  private get isOwed(): boolean {
    const { turns, troubles, loss } = this;
    if (loss?.isOwed || this.callerWaits || turns.awaited || troubles.isPausing) return true;
    return this.isBeingSaid;
  }

  private get isBeingSaid(): boolean {
    return !this.turns.idle && !this.turns.cut && !this.replyIsComplete;
  }

  /** The caller hears nothing, although something is under way. */
  private get isWaiting(): boolean {
    const { turns, call } = this;
    if (call.signal.aborted || turns.callerSpeaks || this.rounds.isLeaving) return false;
    // What begins meanwhile would end it.
    if (this.spoken.isOpen) return false;
    return this.isOwed || (!turns.idle && !turns.cut);
  }

  /** Neither side speaks, and nothing is under way. */
  private get isPause(): boolean {
    const { call, turns, unheard, loss, rounds, failedTransfer } = this;
    if (this.isOwed || turns.callerSpeaks || !turns.idle || rounds.isLeaving) return false;
    if (unheard.isWaiting || !unheard.isUnderstood || loss || failedTransfer) return false;
    return call.waitingMs === 0 && this.isAllHeard && this.keys.pressed === '';
  }

  private get isAllHeard(): boolean {
    return this.spoken.all.length === 0 && (this.tail?.isOver ?? true);
  }

  private look(): void {
    this.watch.look();
    this.wait?.look();
  }

  /** Outside the gateway's own method calls a throw would end the process instead of the call. */
  private attempt(act: () => void): void {
    try {
      act();
      this.look();
    } catch (error) {
      this.call.fail(error instanceof Error ? error : new Error('it failed'));
    }
  }

  private hear(event: ServerEvent): void {
    switch (event.kind) {
      case 'ready':
        this.ready();
        return;
      case 'response-begun':
        this.callerWaits = false;
        this.replyIsComplete = false;
        this.replyIsHeard = false;
        this.askedInVain = false;
        this.troubles.stop();
        this.turns.begun(event.responseId);
        return;
      case 'response-over':
        this.responseOver(event);
        return;
      case 'limited':
        this.troubles.limited(event.ms);
        return;
      case 'audio':
        if (this.turns.isLate(event.responseId)) return;
        this.replyIsHeard = true;
        this.wait?.stop();
        this.spoken.speak(event.itemId, event.audio);
        return;
      case 'audio-over':
        this.replyIsComplete = true;
        this.spoken.end(event.itemId);
        return;
      case 'text':
        this.memory.said(event.itemId, event.text);
        return;
      case 'caller-item':
        this.memory.add(event.itemId, 'user');
        return;
      case 'caller-unheard':
        return;
      case 'caller-text':
        this.memory.heard(event.itemId, event.text);
        this.transcript.callerSaid(event.itemId, event.text);
        if (event.text !== '') this.unheard.understood();
        return;
      case 'tool-call':
        this.rounds.use(event.responseId, event.callId, event.name, event.args);
        return;
      case 'caller-began':
        this.transcript.callerBegan(event.itemId);
        this.callerWaits = false;
        this.turns.callerSpeaks = true;
        this.unheard.callerBegan();
        this.troubles.stop();
        this.rounds.callerActed();
        this.giveWay(this.call.interrupt());
        return;
      case 'caller-ended':
        this.turns.callerSpeaks = false;
        this.callerWaits = true;
        this.unheard.callerEnded();
        return;
      case 'error':
        this.refused(event.code, event.cause);
        return;
      case 'unknown':
        this.refusals.unknown(event.name);
        return;
      case 'ignored':
        return;
      default:
        event satisfies never;
    }
  }

  private ready(): void {
    if (!this.unheard.isWaiting) return;
    const unheard = this.unheard.handOver();
    const { loss } = this;
    const state = this.isBegun ? null : this.resumedState();
    // What was said before comes before what is said now.
    if (state) this.recall(state);
    if (loss) this.retell(loss);
    if (unheard.length > 0) this.lines.append(unheard);
    if (!this.isBegun && !state) this.greet();
    this.isBegun = true;
    if (this.keys.areDue) this.tellKeys();
    this.tellTransferFailed();
  }

  private greet(): void {
    const { instructions, greeting } = this.options;
    if (greeting === undefined) return;
    // A response's instructions replace the session's, so they contain both.
    const opening = `${instructions}\n\nThe call has just begun; open it like this: ${greeting}`;
    this.turns.want({ instructions: opening, tool_choice: 'none' });
  }

  /** The call goes on: what is being said is heard to its end, and what is owed is asked of the next session. */
  private sessionLost(reason: string): void {
    const isOwed = this.isOwed;
    const isOpen = this.turns.callerSpeaks || (this.callerWaits && this.turns.idle);
    const isHeardAgain = this.unheard.sessionLost(isOpen);
    const wasCutOff = this.isBeingSaid && this.replyIsHeard;
    // What the caller has said is heard again, and answered without being asked for.
    this.loss = {
      at: this.loss?.at ?? performance.now(),
      reason,
      isOwed: isOwed && !isHeardAgain,
      wasCutOff: (this.loss?.wasCutOff ?? false) || wasCutOff,
    };
    this.callerWaits = isHeardAgain;
    this.spoken.end();
    this.replyIsComplete = true;
    this.turns.reset();
    this.rounds.sessionLost();
    this.troubles.stop();
    this.watch.stop();
    this.wait?.look();
  }

  /** At a pause, before the session would have ended. */
  private renewed(recent: Buffer): void {
    this.call.note('session_renewed', { reason: 'it would have ended soon', gap_ms: 0 });
    this.turns.reset();
    this.rounds.sessionLost();
    this.items.retell();
    if (recent.length > 0) this.lines.append(recent);
  }

  private retell({ at, reason, isOwed, wasCutOff }: NonNullable<typeof this.loss>): void {
    this.loss = null;
    const gap = Math.round(performance.now() - at);
    this.call.note('session_renewed', { reason, gap_ms: gap });
    const ids = this.items.retell();
    this.spoken.retold(ids);
    this.tail?.retold(ids);
    if (isOwed && ids.size === 0) this.greet();
    if (isOwed && this.turns.idle) this.goOn(wasCutOff);
    this.rounds.leaveIfHeard();
  }

  /** The caller is with the model again, and waits for a word. */
  private tellTransferFailed(): void {
    const { failedTransfer } = this;
    this.failedTransfer = null;
    if (!failedTransfer) return;
    const { target, reason } = failedTransfer;
    const whom = target === null ? 'a person' : `"${target}"`;
    this.items.message(
      'system',
      `[The caller could not be connected with ${whom} (${reason}) and is with you again]`,
    );
    this.turns.want();
    this.look();
  }

  private resumedState(): RealtimeState | null {
    return (this.call.resumed?.state ?? null) as RealtimeState | null;
  }

  /** Tells a new session what was said in the one before. */
  private recall(state: RealtimeState): void {
    for (const { role, text } of state.items) this.items.message(role, text);
    const texts = this.tail?.texts() ?? state.halfHeard.map(({ text }) => text);
    const ids = texts.map((text) => this.items.message('assistant', text));
    this.tail?.told(ids);
    this.keys.before(state.keys);
    if (state.isOwed) this.goOn(texts.length > 0);
    if (state.isLeaving) this.rounds.goOnLeaving();
  }

  private goOn(wasCutOff: boolean): void {
    const instructions = `${this.options.instructions}\n\n${CUT_OFF}`;
    this.turns.want(wasCutOff ? { instructions } : undefined);
  }

  /** The model is told less of what it has said in an earlier session: the caller spoke before it was heard. */
  private cutTail(heardMs: number): void {
    const shorter = this.tail?.cut(heardMs) ?? [];
    this.transcript.tailSaid(this.tail?.texts() ?? [], heardMs);
    for (const { id, text } of shorter) this.items.shorten(id, text);
  }

  private tellKeys(): void {
    if (this.unheard.isWaiting) return;
    const text = `[The caller pressed on the telephone: ${this.keys.take()}]`;
    this.items.message('user', text);
    this.rounds.callerActed();
    // A key says more than a voice whose end the server does not notice.
    this.turns.callerSpeaks = false;
    if (!this.rounds.isLeaving) this.turns.want();
    this.look();
  }

  private awaited(): Awaited | null {
    const { turns } = this;
    if (this.call.signal.aborted || this.unheard.isWaiting) return null;
    if (turns.isAsked) return 'asked';
    if (!turns.idle) return 'under-way';
    if (this.callerWaits) return 'unasked';
    return turns.callerSpeaks ? 'speech' : null;
  }

  private overdue(what: Awaited): void {
    switch (what) {
      case 'speech':
        this.turns.callerSpeaks = false;
        this.unheard.callerEnded();
        this.lines.send({ type: 'input_audio_buffer.commit' });
        this.turns.want();
        this.look();
        return;
      case 'unasked':
        // The server should have begun a reply by itself. It may still come when requested.
        this.callerWaits = false;
        this.turns.want();
        this.look();
        return;
      case 'asked':
        if (this.askedInVain) break;
        this.askedInVain = true;
        this.lines.renew('does not reply');
        return;
      case 'under-way':
        break;
      default:
        what satisfies never;
    }
    this.giveUp(new Error('the Realtime API does not reply'));
  }

  private giveUp(reason: Error): void {
    this.lines.close();
    this.call.fail(reason);
  }

  /** The caller speaks and hears nothing any more, so the model must know how much the caller heard. */
  private giveWay(interruption: Interruption | null): void {
    this.turns.interrupt();
    if (interruption && this.tail?.isCutBy(interruption, this.spoken.all)) {
      this.cutTail(interruption.heardMs);
    }
    for (const item of this.spoken.takeCut()) {
      this.transcript.agentSaid(item.utteranceId, this.items.truncate(item));
    }
    this.rounds.stay();
  }

  private responseOver(over: Extract<ServerEvent, { kind: 'response-over' }>): void {
    this.spoken.end();
    this.replyIsComplete = true;
    const isSilent = over.isIncomplete && !this.replyIsHeard && !this.turns.cut;
    const failure = isSilent ? 'incomplete' : over.failure;
    this.turns.over(over.responseId);
    if (failure === null) {
      this.troubles.over();
      this.unheard.understood();
    } else if (this.turns.idle) this.askAgain(failure, over.retryMs);
    this.rounds.leaveIfHeard();
  }

  /** The caller would only hear silence, so the response is requested once more, after the pause that is due. */
  private askAgain(failure: string, retryMs: number | null): void {
    const again = (): void => {
      this.turns.want();
      this.look();
    };
    if (!isFinalCode(failure) && this.troubles.failed(failure, retryMs, again)) return;
    this.giveUp(new Error(`the Realtime API fails to respond: ${failure}`));
  }

  private refused(code: string, cause: string | null): void {
    const isResponse = this.turns.refused(cause);
    switch (this.refusals.refused(code)) {
      case 'crossed':
        return;
      case 'broken':
        this.giveUp(new Error(`the Realtime API refuses what it is sent: ${code}`));
        return;
      case 'refused':
        if (isResponse && this.turns.idle) this.askAgain(code, null);
    }
  }
}
