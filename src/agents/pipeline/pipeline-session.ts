import type { Log } from '../../shared/logger.js';
import type {
  AgentCall,
  AgentSession,
  Interruption,
  TransferFailed,
  TurnEnd,
  TurnStart,
} from '../agent.js';
import { firstOf } from '../models/heard-text.js';
import { ModelError } from '../models/model-server.js';
import { HANG_UP, type ModelTools } from '../models/model-tools.js';
import { PressedKeys } from '../models/pressed-keys.js';
import { WaitSound } from '../models/wait-sound.js';
import { Answer } from './answer.js';
import type { ChatServer, ToolCall } from './chat-server.js';
import { Dialogue } from './dialogue.js';
import type { Ear, HeardTurn } from './ear.js';
import type { ServerName } from './pipeline-options.js';
import type { Leave, PipelineState } from './resumption.js';
import { Sentence } from './sentence.js';
import { Speaker, type Saying } from './speaker.js';
import type { SpeechServer } from './speech-server.js';

/** Answers in a row in which the model uses tools. */
const ROUNDS_MAX = 10;
/** Failures of a server in a row, after which the agent gives up. */
const FAILURES_MAX = 2;
const AGAIN_MS = 500;
/** For the model, where an answer of its broke off: it is to give the rest alone. */
const GO_ON =
  '[Your answer broke off here. Go on with the next sentence, and repeat nothing of it.]';

export interface PipelineParts {
  instructions: string;
  greeting: string | null;
  tools: ModelTools;
  chat: ChatServer;
  ear: Ear;
  speech: SpeechServer;
  /** What the caller hears while the servers take long; null: nothing. */
  wait: { load: () => Promise<Buffer>; sentence: string | null } | null;
  log: Log;
}

/** One conversation by three servers. */
export class PipelineSession implements AgentSession {
  private readonly dialogue = new Dialogue();
  private readonly speaker: Speaker;
  private readonly wait: WaitSound | null;
  private readonly keys = new PressedKeys(() => this.keysPressed());
  private callerSpeaks = false;
  private isOwed = false;
  private transcribing = 0;
  private listening: Promise<void> = Promise.resolve();
  private answering: AbortController | null = null;
  private leave: Leave | null = null;
  private readonly failures: Record<ServerName, number> = { chat: 0, speech: 0, transcription: 0 };
  /** The sentences of an answer whose rest is owed. */
  private unfinished: string[] = [];

  constructor(
    private readonly call: AgentCall,
    private readonly parts: PipelineParts,
  ) {
    this.speaker = new Speaker(call, parts.speech, {
      begins: () => this.wait?.stop(),
      made: () => (this.failures.speech = 0),
      failed: (error) => this.failed('speech', error),
    });
    const { wait } = parts;
    this.wait =
      wait &&
      new WaitSound({
        call,
        load: wait.load,
        isWaiting: () => this.isWaiting,
        onHeard: (heardMs, ofMs) => this.sentenceHeard(wait.sentence, heardMs, ofMs),
      });
  }

  begin(): void {
    const { call, parts } = this;
    const state = (call.resumed?.state ?? null) as PipelineState | null;
    if (state) this.goOnFrom(state);
    else if (parts.greeting !== null && !call.resumed) this.greet(parts.greeting);
  }

  onAudio(audio: Buffer): void {
    this.parts.ear.hear(audio);
    this.wait?.look();
  }

  onTurnStarted(turn: TurnStart): void {
    this.callerSpeaks = true;
    this.parts.ear.begin(turn);
    if (!this.answering || this.speaker.unheard.length > 0) return;
    // Nothing of the answer is heard yet: the caller goes on with what they had to say.
    this.isOwed = true;
    this.stopAnswering();
  }

  onTurnEnded(turn: TurnEnd): void {
    this.callerSpeaks = false;
    const heard = this.parts.ear.end(turn);
    this.transcribing += 1;
    this.listening = this.listening.then(() => this.listen(heard));
  }

  onInterrupted(interruption: Interruption): void {
    // A turn begins, or nothing was said: then the answer is still wanted.
    if (this.wait?.says(interruption)) return;
    this.cutOff(interruption);
    this.dropAnswer();
  }

  onDtmf(digit: string): void {
    this.keys.press(digit);
  }

  onTransferFailed({ target, reason }: TransferFailed): void {
    const whom = target === null ? 'a person' : `"${target}"`;
    this.dialogue.add(
      'system',
      `[The caller could not be connected with ${whom} (${reason}) and is with you again]`,
    );
    this.isOwed = true;
    this.answer();
  }

  snapshot(): PipelineState {
    return {
      remembered: this.dialogue.remembered(new Set(this.speaker.unheard)),
      ...this.speaker.handover,
      isOwed: this.isOwed || this.answering !== null,
      unfinished: this.unfinished,
      isTurnLost: this.transcribing > 0,
      leave: this.leave,
      keys: this.keys.pressed,
    };
  }

  onEnd(): void {
    this.parts.ear.close();
    this.keys.stop();
    this.wait?.stop();
    this.stopAnswering();
    this.speaker.stop();
  }

  private goOnFrom(state: PipelineState): void {
    const { interrupted = null } = this.call.resumed ?? {};
    for (const { role, text } of state.remembered) this.dialogue.add(role, text);
    this.keys.before(state.keys);
    this.leave = state.leave;
    this.isOwed = state.isOwed || state.isTurnLost;
    this.unfinished = [...state.unfinished];
    // Where nothing was being said, what was heard is the sound for those who wait.
    const isSound = state.saying.every(({ ms }) => ms === 0);
    if (isSound) interrupted?.dropTail();
    if (state.saying.length > 0) {
      const saying = this.speaker.resume(state, isSound ? null : interrupted);
      this.dialogue.said(saying, []);
    }
    if (state.leave) this.leaveWhenHeard();
    if (state.isTurnLost) {
      this.dialogue.add(
        'system',
        '[What the caller said last was lost. Ask them to say it again.]',
      );
    }
    if (this.isOwed) this.answer();
  }

  /** The caller hears nothing, although the servers are at work. */
  private get isWaiting(): boolean {
    const { speaker, call } = this;
    if (call.signal.aborted || this.callerSpeaks || this.leave || speaker.isOpen) return false;
    if (this.isOwed || this.transcribing > 0 || this.answering !== null) return true;
    return speaker.unheard.length > 0;
  }

  private sentenceHeard(sentence: string | null, heardMs: number, ofMs: number): void {
    if (sentence === null) return;
    const text = firstOf(sentence, heardMs / ofMs);
    this.call.transcript({ speaker: 'agent', text, final: true, agoMs: heardMs });
  }

  private cutOff(interruption: Interruption): void {
    this.speaker.cutOff(interruption);
    if (!this.leave) return;
    this.leave = null;
    this.dialogue.add('system', '[The caller spoke, so the call goes on]');
  }

  private keysPressed(): void {
    const pressed = this.keys.take();
    if (pressed === '') return;
    const interruption = this.call.interrupt();
    if (interruption) this.cutOff(interruption);
    this.dropAnswer();
    this.dialogue.add('user', `[The caller pressed the keys ${pressed}]`);
    this.isOwed = true;
    this.answer();
  }

  private async listen(turn: HeardTurn): Promise<void> {
    try {
      const text = await turn.text();
      this.failures.transcription = 0;
      if (text !== '') {
        this.call.transcript({
          speaker: 'caller',
          text,
          final: true,
          agoMs: turn.ms,
        });
        this.dialogue.add('user', text);
        this.isOwed = true;
        this.dropAnswer();
      }
    } catch (error) {
      this.failed('transcription', error);
    } finally {
      this.transcribing -= 1;
    }
    if (this.isOwed && !this.callerSpeaks && this.transcribing === 0) this.answer();
  }

  /** Has the model answer, once what is being said was heard. */
  private answer(): void {
    if (this.answering || this.leave || this.call.signal.aborted) return;
    const abort = new AbortController();
    this.answering = abort;
    void this.think(AbortSignal.any([abort.signal, this.call.signal]))
      .then(() => {
        this.failures.chat = 0;
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) this.failed('chat', error);
      })
      .finally(() => {
        if (this.answering === abort) this.answering = null;
      });
  }

  private stopAnswering(): void {
    this.answering?.abort();
    this.answering = null;
  }

  /** The model goes on from what the caller has heard of it. */
  private dropAnswer(): void {
    this.unfinished = [];
    this.stopAnswering();
  }

  private async think(signal: AbortSignal): Promise<void> {
    // The rest of an answer is thought of while its beginning is heard.
    if (this.unfinished.length === 0) await this.speaker.heard();
    for (let round = 0; !signal.aborted; round += 1) {
      const isLast = round === ROUNDS_MAX;
      if (isLast) this.call.note('tool_rounds', { rounds: ROUNDS_MAX });
      const calls = await this.round(isLast, signal);
      if (signal.aborted || calls === 0 || isLast || this.leave) return;
    }
  }

  /** One answer of the model, or the rest of one. Returns how many tools it used. */
  private async round(isLast: boolean, signal: AbortSignal): Promise<number> {
    const { chat, tools, instructions } = this.parts;
    const declared = isLast ? [] : tools.declared().map(asFunction);
    const note = this.unfinished.length > 0 ? GO_ON : null;
    const messages = this.dialogue.messages(instructions, note);
    const answer = new Answer([...this.unfinished]);
    let saying: Saying | null = null;
    let used: readonly ToolCall[] = [];
    try {
      for await (const piece of chat.answer(messages, declared, signal)) {
        if (signal.aborted) return 0;
        if ('text' in piece) saying = this.sayMore(answer, answer.take(piece.text), saying);
        else used = piece.toolCalls;
      }
      if (signal.aborted) return 0;
      saying = this.sayMore(answer, answer.end(), saying);
      this.isOwed = false;
      this.unfinished = [];
      if (used.length > 0 && !saying) this.dialogue.said([], answer.uses);
      answer.uses.push(...used.map((call) => ({ call, outcome: JSON.stringify(this.use(call)) })));
    } finally {
      if (saying) this.speaker.end(saying);
    }
    if (this.leave) this.leaveWhenHeard();
    return used.length;
  }

  /** @param saying null: nothing of it is said yet */
  private sayMore(answer: Answer, sentences: readonly Sentence[], saying: Saying | null) {
    if (sentences.length === 0) return saying;
    this.isOwed = false;
    if (!saying) this.dialogue.said(answer.sentences, answer.uses);
    const begun = saying ?? this.speaker.begin(answer.sentences);
    for (const one of sentences) {
      this.unfinished.push(one.text);
      this.speaker.add(one);
    }
    return begun;
  }

  private use({ name, arguments: args }: ToolCall): object {
    const { tools } = this.parts;
    if (name === HANG_UP) {
      this.leave = { kind: 'hang-up' };
      return { ok: true };
    }
    if (!tools.transfers(name)) return tools.use(name, args, this.call);
    const wish = tools.wish(args);
    if ('error' in wish) return wish;
    this.leave = { kind: 'transfer', ...wish };
    return { ok: true };
  }

  private greet(text: string): void {
    const sentences = [new Sentence(text)];
    this.dialogue.said(sentences, []);
    const saying = this.speaker.begin(sentences);
    for (const one of sentences) this.speaker.add(one);
    this.speaker.end(saying);
  }

  private leaveWhenHeard(): void {
    void this.speaker.heard().then((how) => {
      const { leave } = this;
      if (how === 'cut' || !leave || this.call.signal.aborted) return;
      this.leave = null;
      if (leave.kind === 'hang-up') {
        this.call.hangUp();
        return;
      }
      const { target, announce } = leave;
      this.dialogue.add('system', `[You had the caller connected with "${target}"]`);
      this.call.transfer(target, announce === undefined ? {} : { announce });
    });
  }

  /** Once it is tried again; then the agent gives up. */
  private failed(where: ServerName, error: unknown): void {
    const { call } = this;
    if (call.signal.aborted) return;
    this.failures[where] += 1;
    const reason = error instanceof Error ? error.message : String(error);
    const status = error instanceof ModelError ? error.status : null;
    call.note(`${where}_failed`, { reason, ...(status === null ? {} : { status }) });
    if (this.failures[where] >= FAILURES_MAX) {
      call.fail(error instanceof Error ? error : new Error(reason));
      return;
    }
    if (where === 'transcription') return;
    // What could not be said was not heard.
    if (where === 'speech') this.unfinished = [];
    this.stopAnswering();
    this.isOwed = true;
    setTimeout(() => {
      if (this.isOwed && !this.callerSpeaks) this.answer();
    }, AGAIN_MS).unref();
  }
}

/** In the form of Chat Completions. */
function asFunction(tool: object): object {
  const { type, ...rest } = tool as { type: string };
  return { type, function: rest };
}
