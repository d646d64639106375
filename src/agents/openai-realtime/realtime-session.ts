import type { Log } from '../../shared/logger.js';
import type { AgentCall, AgentSession, Interruption, Utterance } from '../agent.js';
import type { ServerEvent } from './realtime-events.js';
import { RealtimeLine, type RealtimePlace } from './realtime-line.js';
import { RealtimeMemory, type Remembered } from './realtime-memory.js';
import { RealtimeTail, type RealtimeState } from './realtime-resumption.js';
import { HANG_UP, RealtimeTools, type RealtimeTool, type ToolOutcome } from './realtime-tools.js';
import { ResponseTurns } from './response-turns.js';

export interface RealtimeOptions {
  instructions: string;
  greeting?: string;
  model?: string;
  voice?: string;
  temperature?: number;
  turn_detection?: 'server_vad' | 'semantic_vad';
  vad_threshold?: number;
  tools?: RealtimeTool[];
  transcription_model?: string | null;
}

const BYTES_PER_MS = 8;
/** How much of the caller's audio is kept before the session is set up: the last five seconds. */
const KEPT_MAX_BYTES = 5_000 * BYTES_PER_MS;
/** How long a goodbye may take before the call is ended anyway. */
const GOODBYE_MS = 10_000;
/** How long the server may send nothing at all while a reply is due. */
const REPLY_MS = 10_000;
/** Keys that are pressed within this time form one number. */
const KEYS_PAUSE_MS = 1_000;
/** After this many refusals of single messages the conversation is considered broken. */
const ERRORS_MAX = 100;
const ERRORS_LOGGED = 10;
/** These errors happen when our message and the server's cross. */
const CROSSED = /^(response_cancel_not_active|conversation_already_has_active_response)\b/;
const CUT_OFF =
  'What you said last was cut off for technical reasons: go on with it where it ends, without a word about that.';
const NOT_ENDED: ToolOutcome = { ok: false, error: 'the caller spoke, so the call goes on' };

/** One item that the model is saying. */
interface Spoken {
  itemId: string;
  utterance: Utterance;
  receivedBytes: number;
  ended: boolean;
}

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
  private kept: Buffer[] | null = [];
  private keptBytes = 0;
  /** Items that have not been heard to the end, oldest first. */
  private spoken: Spoken[] = [];
  private readonly answered = new Set<string>();
  /** The model wants to hang up. These calls of its tool wait for their answer. */
  private farewell: { callIds: string[]; timer: NodeJS.Timeout } | null = null;
  /** The caller has finished, and the server has not begun to reply. */
  private callerWaits = false;
  private overdue: NodeJS.Timeout | null = null;
  private keys = '';
  private keysTimer: NodeJS.Timeout | null = null;
  private errors = 0;
  private failures = 0;
  private readonly memory = new RealtimeMemory();
  /** Of an earlier session; null if there was none, or all of it was heard. */
  private tail: RealtimeTail | null = null;
  /** Nothing more of the current reply will come. */
  private replyIsComplete = true;
  private created = 0;

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
    this.turns = new ResponseTurns((message) => this.line.send(message));
    this.tools = new RealtimeTools(options.tools);
  }

  begin(): void {
    const { signal } = this.call;
    if (signal.aborted) return;
    signal.addEventListener('abort', () => this.onEnd(), { once: true });
    const { interrupted } = this.call.resumed ?? {};
    const state = this.resumedState();
    if (interrupted && state) {
      const endsAtMs = interrupted.heardMs + interrupted.tailMs;
      this.tail = new RealtimeTail(this.call, state.halfHeard, endsAtMs, () => this.leaveIfHeard());
    } else {
      // A conversation that begins anew does not begin with half a sentence.
      interrupted?.dropTail();
    }
    this.line.open(this.hello());
  }

  onAudio(audio: Buffer): void {
    if (!this.kept) {
      this.append(audio);
      return;
    }
    this.kept.push(audio);
    this.keptBytes += audio.length;
    while (this.keptBytes > KEPT_MAX_BYTES) this.keptBytes -= this.kept.shift()?.length ?? 0;
  }

  onDtmf(digit: string): void {
    this.keys += digit;
    if (this.keysTimer) clearTimeout(this.keysTimer);
    if (digit === '#') this.tellKeys();
    else this.keysTimer = setTimeout(() => this.tellKeys(), KEYS_PAUSE_MS);
  }

  /** The gateway noticed the caller before the server did. */
  onInterrupted(interruption: Interruption): void {
    this.giveWay(interruption);
  }

  snapshot(): RealtimeState | null {
    // The session is not set up: what it was to go on from still holds.
    if (this.kept) return this.resumedState();
    const { spoken, memory, tail, keys } = this;
    // Once something of this session was heard, all that came before it was.
    const isTailHeard =
      !tail || tail.isOver || spoken.some(({ utterance }) => utterance.heardMs > 0);
    const things = isTailHeard ? [] : tail.things;
    const halfHeard = spoken.map(({ itemId, utterance, receivedBytes }) => ({
      text: memory.textOf(itemId),
      ms: utterance.interrupted ? utterance.heardMs : receivedBytes / BYTES_PER_MS,
    }));
    const { turns } = this;
    const isBeingSaid = !turns.idle && !turns.cut && !this.replyIsComplete;
    return {
      items: memory.all(
        new Set([...spoken.map(({ itemId }) => itemId), ...(isTailHeard ? [] : tail.ids)]),
      ),
      halfHeard: [...things, ...halfHeard],
      isOwed: this.callerWaits || turns.awaited || isBeingSaid,
      isLeaving: this.farewell !== null,
      keys,
    };
  }

  onEnd(): void {
    this.line.close();
    if (this.farewell) clearTimeout(this.farewell.timer);
    if (this.keysTimer) clearTimeout(this.keysTimer);
    if (this.overdue) clearTimeout(this.overdue);
  }

  private hello(): object {
    const { instructions, voice, turn_detection: type, vad_threshold: threshold } = this.options;
    const { transcription_model: model = 'gpt-4o-mini-transcribe' } = this.options;
    const format = { type: 'audio/pcmu' };
    return {
      type: 'session.update',
      session: {
        type: 'realtime',
        instructions,
        output_modalities: ['audio'],
        audio: {
          input: {
            format,
            ...(model === null ? {} : { transcription: { model } }),
            turn_detection: {
              type: type ?? 'server_vad',
              ...(threshold === undefined ? {} : { threshold }),
              create_response: true,
              // Only our side cancels, because a second cancel would be refused.
              interrupt_response: false,
            },
          },
          output: { format, voice: voice ?? 'marin' },
        },
        tools: this.tools.declared(),
        tool_choice: 'auto',
      },
    };
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
        if (!this.turns.isLate(event.responseId)) this.speak(event.itemId, event.audio);
        return;
      case 'audio-over':
        this.replyIsComplete = true;
        for (const one of this.spoken) if (one.itemId === event.itemId) endOf(one);
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
        this.use(event.callId, event.name, event.args);
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
    const kept = Buffer.concat(this.kept);
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
    if (this.keys !== '' && !this.keysTimer) this.tellKeys();
  }

  private resumedState(): RealtimeState | null {
    return (this.call.resumed?.state ?? null) as RealtimeState | null;
  }

  /** Tells a new session what was said in the one before. */
  private recall(state: RealtimeState): void {
    for (const { role, text } of state.items) this.tellMessage(role, text);
    const texts = this.tail?.texts() ?? state.halfHeard.map(({ text }) => text);
    const ids = texts.map((text) => this.tellMessage('assistant', text));
    this.tail?.told(ids);
    this.keys = state.keys + this.keys;
    if (state.isOwed) this.goOn(texts.length > 0);
    if (!state.isLeaving) return;
    this.farewell = { callIds: [], timer: setTimeout(() => this.hangUp(), GOODBYE_MS) };
    this.leaveIfHeard();
  }

  private goOn(wasCutOff: boolean): void {
    const instructions = `${this.options.instructions}\n\n${CUT_OFF}`;
    this.turns.want(wasCutOff ? { instructions } : undefined);
  }

  /** @returns the id of the item; the model is told nothing if there is no text */
  private tellMessage(role: Remembered['role'], text: string): string {
    this.created += 1;
    const id = `told_${this.created}`;
    this.memory.add(id, role, text);
    const type = role === 'assistant' ? 'output_text' : 'input_text';
    if (text !== '') this.create({ id, type: 'message', role, content: [{ type, text }] });
    return id;
  }

  /** The model is told less of what it has said in an earlier session: the caller spoke before it was heard. */
  private cutTail(heardMs: number): void {
    const shorter = this.tail?.cut(heardMs) ?? [];
    for (const { id, text } of shorter) {
      this.memory.cut(id, 0);
      this.line.send({ type: 'conversation.item.delete', item_id: id });
      this.tellMessage('assistant', text);
    }
  }

  private append(audio: Buffer): void {
    // The JSON is written by hand, because this happens fifty times a second.
    this.line.send(`{"type":"input_audio_buffer.append","audio":"${audio.toString('base64')}"}`);
  }

  private tellKeys(): void {
    this.keysTimer = null;
    if (this.kept) return;
    const text = `[The caller pressed on the telephone: ${this.keys}]`;
    this.keys = '';
    this.tellMessage('user', text);
    if (!this.farewell) this.turns.want();
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

  private speak(itemId: string, audio: Buffer): void {
    let spoken = this.spoken.find((one) => one.itemId === itemId);
    if (!spoken) {
      const begun = { itemId, utterance: this.call.speak(), receivedBytes: 0, ended: false };
      // This completes the item before.
      for (const one of this.spoken) one.ended = true;
      this.spoken.push(begun);
      void begun.utterance.finished.then((how) => {
        // An interrupted item stays until the model has been told.
        if (how === 'interrupted') return;
        this.spoken = this.spoken.filter((one) => one !== begun);
        this.leaveIfHeard();
      });
      spoken = begun;
    }
    if (spoken.ended) return;
    spoken.receivedBytes += audio.length;
    spoken.utterance.write(audio);
  }

  /** The caller speaks and hears nothing any more, so the model must know how much the caller heard. */
  private giveWay(interruption: Interruption | null): void {
    this.turns.interrupt();
    if (interruption && this.tail?.isCutBy(interruption, this.spoken)) {
      this.cutTail(interruption.heardMs);
    }
    for (const { itemId, utterance, receivedBytes } of this.spoken) {
      if (!utterance.interrupted) continue;
      // Audio that was not sent cannot have been heard, and the server refuses a larger figure.
      const heardMs = Math.min(utterance.heardMs, receivedBytes / BYTES_PER_MS);
      this.memory.cut(itemId, (heardMs * BYTES_PER_MS) / receivedBytes);
      this.line.send({
        type: 'conversation.item.truncate',
        item_id: itemId,
        content_index: 0,
        audio_end_ms: Math.floor(heardMs),
      });
    }
    this.spoken = this.spoken.filter(({ utterance }) => !utterance.interrupted);
    this.stay();
  }

  private responseOver(responseId: string, failure: string | null): void {
    for (const one of this.spoken) endOf(one);
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
    this.leaveIfHeard();
  }

  private use(callId: string, name: string, args: string): void {
    if (this.answered.has(callId)) return;
    this.answered.add(callId);
    if (name === HANG_UP) {
      this.leave(callId);
      return;
    }
    const outcome = this.tools.use(name, args, this.call);
    this.memory.add(
      callId,
      'system',
      `[You used ${name} with ${args}: ${JSON.stringify(outcome)}]`,
    );
    this.answer(callId, outcome);
    if (!this.farewell) this.turns.want();
  }

  /** Hangs up once everything that was said has been heard. */
  private leave(callId: string): void {
    if (this.turns.cut || this.turns.callerSpeaks) {
      this.answer(callId, NOT_ENDED);
      return;
    }
    this.turns.forgo();
    this.farewell ??= { callIds: [], timer: setTimeout(() => this.hangUp(), GOODBYE_MS) };
    this.farewell.callIds.push(callId);
    this.leaveIfHeard();
  }

  private leaveIfHeard(): void {
    const allIsHeard = this.spoken.length === 0 && (this.tail?.isOver ?? true);
    if (this.farewell && this.turns.idle && allIsHeard) this.hangUp();
  }

  private hangUp(): void {
    for (const callId of this.endFarewell()) this.answer(callId, { ok: true });
    this.call.hangUp();
  }

  /** The caller has more to say, so the goodbye was too early. */
  private stay(): void {
    for (const callId of this.endFarewell()) this.answer(callId, NOT_ENDED);
  }

  private endFarewell(): string[] {
    const { farewell } = this;
    this.farewell = null;
    if (farewell) clearTimeout(farewell.timer);
    return farewell?.callIds ?? [];
  }

  private answer(callId: string, outcome: ToolOutcome): void {
    const output = JSON.stringify(outcome);
    this.create({ type: 'function_call_output', call_id: callId, output });
  }

  private create(item: object): void {
    this.line.send({ type: 'conversation.item.create', item });
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

function endOf(spoken: Spoken): void {
  spoken.ended = true;
  spoken.utterance.end();
}
