import type { Log } from '../../shared/logger.js';
import type { AgentCall, AgentSession, Interruption, TransferFailed } from '../agent.js';
import { ConversationItems } from './conversation-items.js';
import { EarlyAudio } from './early-audio.js';
import { PressedKeys } from './pressed-keys.js';
import type { ServerEvent } from './realtime-events.js';
import { RealtimeLine, type RealtimePlace } from './realtime-line.js';
import { RealtimeMemory } from './realtime-memory.js';
import { sessionUpdate, type RealtimeOptions } from './realtime-options.js';
import { RealtimeTail, stateOf, type RealtimeState } from './realtime-resumption.js';
import { RealtimeTools } from './realtime-tools.js';
import { ResponseTurns } from './response-turns.js';
import { SpokenItems } from './spoken-items.js';
import { ToolRounds } from './tool-rounds.js';

/** How long the server may send nothing at all while a reply is due. */
const REPLY_MS = 10_000;
/** After this many refusals of single messages the conversation is considered broken. */
const ERRORS_MAX = 100;
const ERRORS_LOGGED = 10;
/** These errors happen when our message and the server's cross. */
const CROSSED = /^(response_cancel_not_active|conversation_already_has_active_response)\b/;
const CUT_OFF =
  'What you said last was cut off for technical reasons: go on with it where it ends, without a word about that.';

/**
 * One conversation with the model, with μ-law passed straight through in both directions. Who may
 * speak is decided only here: the server reports when the caller begins,
 * and is told what to stop and how much of it was heard.
 */
export class RealtimeSession implements AgentSession {
  private readonly line: RealtimeLine;
  private readonly turns: ResponseTurns;
  private readonly tools: RealtimeTools;
  /** The caller's audio until the session is set up. */
  private kept: EarlyAudio | null = new EarlyAudio();
  private readonly spoken: SpokenItems;
  private readonly rounds: ToolRounds;
  /** The caller has finished, and the server has not begun to reply. */
  private callerWaits = false;
  private overdue: NodeJS.Timeout | null = null;
  private readonly keys = new PressedKeys(() => this.tellKeys());
  private errors = 0;
  private failures = 0;
  private readonly memory = new RealtimeMemory();
  /** Of an earlier session; null if there was none, or all of it was heard. */
  private tail: RealtimeTail | null = null;
  /** Nothing more of the current reply will come. */
  private replyIsComplete = true;
  private readonly items: ConversationItems;
  /** What the model was not told of yet. */
  private failedTransfer: TransferFailed | null = null;

  constructor(
    private readonly call: AgentCall,
    private readonly options: RealtimeOptions,
    place: RealtimePlace,
    private readonly log: Log,
  ) {
    this.line = new RealtimeLine(place, {
      onEvent: (event) => this.attempt(event),
      onFailure: (reason) => call.fail(reason),
    });
    this.items = new ConversationItems((message) => this.line.send(message), this.memory);
    this.turns = new ResponseTurns((message) => this.line.send(message));
    this.tools = new RealtimeTools(options.tools, call.transferTargets);
    this.spoken = new SpokenItems(
      () => call.speak(),
      () => this.rounds.leaveIfHeard(),
    );
    this.rounds = new ToolRounds({
      call,
      tools: this.tools,
      turns: this.turns,
      items: this.items,
      memory: this.memory,
      isAllHeard: () => this.spoken.all.length === 0 && (this.tail?.isOver ?? true),
    });
  }

  begin(): void {
    const { signal } = this.call;
    if (signal.aborted) return;
    signal.addEventListener('abort', () => this.onEnd(), { once: true });
    const { interrupted } = this.call.resumed ?? {};
    const state = this.resumedState();
    if (interrupted && state) {
      const endsAtMs = interrupted.heardMs + interrupted.tailMs;
      this.tail = new RealtimeTail(this.call, state.halfHeard, endsAtMs, () =>
        this.rounds.leaveIfHeard(),
      );
    } else {
      // A conversation that begins anew does not begin with half a sentence.
      interrupted?.dropTail();
    }
    this.line.open(sessionUpdate(this.options, this.tools.declared()));
  }

  onAudio(audio: Buffer): void {
    if (this.kept) this.kept.keep(audio);
    else this.append(audio);
  }

  onDtmf(digit: string): void {
    this.keys.press(digit);
  }

  /** The gateway noticed the caller before the server did. */
  onInterrupted(interruption: Interruption): void {
    this.giveWay(interruption);
  }

  onTransferFailed(failed: TransferFailed): void {
    this.failedTransfer = failed;
    if (!this.kept) this.tellTransferFailed();
  }

  snapshot(): RealtimeState | null {
    // The session is not set up: what it was to go on from still holds.
    if (this.kept) return this.resumedState();
    const { turns, memory, tail } = this;
    const isBeingSaid = !turns.idle && !turns.cut && !this.replyIsComplete;
    return stateOf({
      memory,
      tail,
      spoken: this.spoken.all,
      // A transfer that is not under way yet is the model's to ask for again.
      isOwed: this.callerWaits || turns.awaited || isBeingSaid || this.rounds.isTransferring,
      isLeaving: this.rounds.isLeaving && !this.rounds.isTransferring,
      keys: this.keys.pressed,
    });
  }

  onEnd(): void {
    this.line.close();
    this.rounds.stop();
    this.keys.stop();
    if (this.overdue) clearTimeout(this.overdue);
  }

  /** Outside the gateway's own method calls a throw would end the process instead of the call. */
  private attempt(event: ServerEvent): void {
    try {
      this.hear(event);
      this.expectReply();
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
        this.turns.begun(event.responseId);
        return;
      case 'response-over':
        this.responseOver(event.responseId, event.failure);
        return;
      case 'audio':
        if (!this.turns.isLate(event.responseId)) this.spoken.speak(event.itemId, event.audio);
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
      case 'caller-text':
        this.memory.heard(event.itemId, event.text);
        return;
      case 'tool-call':
        this.rounds.use(event.callId, event.name, event.args);
        return;
      case 'caller-began':
        this.callerWaits = false;
        this.turns.callerSpeaks = true;
        this.giveWay(this.call.interrupt());
        return;
      case 'caller-ended':
        this.turns.callerSpeaks = false;
        this.callerWaits = true;
        return;
      case 'error':
        this.refused(event.code, event.cause);
        return;
      case 'ignored':
        return;
      default:
        event satisfies never;
    }
  }

  private ready(): void {
    if (!this.kept) return;
    const kept = this.kept.all();
    this.kept = null;
    const state = this.resumedState();
    // What was said before comes before what is said now.
    if (state) this.recall(state);
    if (kept.length > 0) this.append(kept);
    const { instructions, greeting } = this.options;
    if (greeting !== undefined && !state) {
      // A response's instructions replace the session's, so they contain both.
      const opening = `${instructions}\n\nThe call has just begun; open it like this: ${greeting}`;
      this.turns.want({ instructions: opening, tool_choice: 'none' });
    }
    if (this.keys.areDue) this.tellKeys();
    this.tellTransferFailed();
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
    this.expectReply();
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
    for (const { id, text } of shorter) this.items.shorten(id, text);
  }

  private append(audio: Buffer): void {
    // The JSON is written by hand, because this happens fifty times a second.
    this.line.send(`{"type":"input_audio_buffer.append","audio":"${audio.toString('base64')}"}`);
  }

  private tellKeys(): void {
    if (this.kept) return;
    const text = `[The caller pressed on the telephone: ${this.keys.take()}]`;
    this.items.message('user', text);
    if (!this.rounds.isLeaving) this.turns.want();
    this.expectReply();
  }

  /** While a reply is due, every event of the server extends its time. */
  private expectReply(): void {
    if (this.overdue) clearTimeout(this.overdue);
    const isOwed = !this.call.signal.aborted && (this.callerWaits || !this.turns.idle);
    this.overdue = isOwed ? setTimeout(() => this.replyIsOverdue(), REPLY_MS) : null;
  }

  private replyIsOverdue(): void {
    if (this.turns.idle) {
      // The server should have begun a reply by itself. It may still come when requested.
      this.callerWaits = false;
      this.turns.want();
      this.expectReply();
      return;
    }
    this.line.close();
    this.call.fail(new Error('the Realtime API does not reply'));
  }

  /** The caller speaks and hears nothing any more, so the model must know how much the caller heard. */
  private giveWay(interruption: Interruption | null): void {
    this.turns.interrupt();
    if (interruption && this.tail?.isCutBy(interruption, this.spoken.all)) {
      this.cutTail(interruption.heardMs);
    }
    for (const item of this.spoken.takeCut()) this.items.truncate(item);
    this.rounds.stay();
  }

  private responseOver(responseId: string, failure: string | null): void {
    this.spoken.end();
    this.replyIsComplete = true;
    this.failures = failure === null ? 0 : this.failures + 1;
    // The caller would only hear silence, so the response is requested once more. A second failure ends the call.
    if (this.failures > 1) {
      this.line.close();
      this.call.fail(new Error(`the Realtime API fails to respond: ${failure}`));
      return;
    }
    this.turns.over(responseId);
    if (failure !== null && this.turns.idle) this.turns.want();
    this.rounds.leaveIfHeard();
  }

  /** The session stays open after most errors. */
  private refused(code: string, cause: string | null): void {
    this.turns.refused(cause);
    if (CROSSED.test(code)) return;
    this.errors += 1;
    if (this.errors <= ERRORS_LOGGED) {
      const { workflowRunId } = this.call.facts;
      this.log.warn('agent.realtime_error', { workflow_run_id: workflowRunId, code });
    }
    if (this.errors < ERRORS_MAX) return;
    this.line.close();
    this.call.fail(new Error(`the Realtime API refuses what it is sent: ${code}`));
  }
}
