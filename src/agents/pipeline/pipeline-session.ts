import type { Log } from '../../shared/logger.js';
import type { AgentCall, AgentSession, Interruption, TransferFailed, TurnEnd } from '../agent.js';
import { firstOf } from '../models/heard-text.js';
import { ModelError } from '../models/model-server.js';
import { HANG_UP, type ModelTools } from '../models/model-tools.js';
import { PressedKeys } from '../models/pressed-keys.js';
import { WaitSound } from '../models/wait-sound.js';
import { Answer } from './answer.js';
import type { ChatServer, ToolCall } from './chat-server.js';
import { Dialogue, textOf } from './dialogue.js';
import { Mouth } from './mouth.js';
import type { ServerName } from './pipeline-options.js';
import { unsaidOf, type Leave, type PipelineState } from './resumption.js';
import { Sentence } from './sentence.js';
import type { SpeechServer } from './speech-server.js';
import type { TranscriptionServer } from './transcription-server.js';
import { TurnAudio } from './turn-audio.js';

/** Answers in a row in which the model uses tools. */
const ROUNDS_MAX = 10;
/** Failures of a server in a row, after which the agent gives up. */
const FAILURES_MAX = 2;
const AGAIN_MS = 500;
/** Lengths that are handed over are not exact to the byte. */
const ROUNDING_MS = 1;
/** For the model, where an answer of its broke off: it is to give the rest alone. */
const GO_ON =
  '[Your answer broke off here. Go on with the next sentence, and repeat nothing of it.]';

export interface PipelineParts {
  instructions: string;
  greeting: string | null;
  tools: ModelTools;
  chat: ChatServer;
  transcription: TranscriptionServer;
  speech: SpeechServer;
  /** What the caller hears while the servers take long; null: nothing. */
  wait: { load: () => Promise<Buffer>; sentence: string | null } | null;
  log: Log;
}

/** What is said together, and is in the transcript once it was heard. */
interface Saying {
  sentences: readonly Sentence[];
  begunAt: number;
  /** More may follow. */
  isOpen: boolean;
}

/** One conversation by three servers. */
export class PipelineSession implements AgentSession {
  private readonly dialogue = new Dialogue();
  private readonly turn = new TurnAudio();
  private readonly mouth: Mouth;
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
  /** What was said and is not in the transcript yet. */
  private unwritten: Saying[] = [];
  /** What an earlier process had made, which the platform says before anything new, and when that is over. */
  private tail: readonly Sentence[] = [];
  private tailOver: Promise<void> = Promise.resolve();

  constructor(
    private readonly call: AgentCall,
    private readonly parts: PipelineParts,
  ) {
    this.mouth = new Mouth(call, parts.speech, {
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
    else if (parts.greeting !== null && !call.resumed) this.sayAll([new Sentence(parts.greeting)]);
  }

  onAudio(audio: Buffer): void {
    this.turn.hear(audio);
    this.wait?.look();
  }

  onTurnStarted(): void {
    this.callerSpeaks = true;
    this.turn.begin();
    if (!this.answering || this.mouth.unheard.length > 0) return;
    // Nothing of the answer is heard yet: the caller goes on with what they had to say.
    this.isOwed = true;
    this.stopAnswering();
  }

  onTurnEnded(turn: TurnEnd): void {
    this.callerSpeaks = false;
    const audio = this.turn.end(turn);
    this.transcribing += 1;
    this.listening = this.listening.then(() => this.listen(audio));
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
    const { unheard } = this.mouth;
    // What is behind it is not heard before it.
    const isTailHeard = this.call.waitingMs - this.mouth.waitingMs < ROUNDING_MS;
    const saying = [...(isTailHeard ? [] : this.tail), ...unheard];
    return {
      remembered: this.dialogue.remembered(new Set(saying)),
      saying: saying.map(({ text, skipMs, ms, isMade }) => ({ text, ms: skipMs + ms, isMade })),
      heardBeforeMs: isTailHeard ? (saying[0]?.skipMs ?? 0) : 0,
      isOwed: this.isOwed || this.answering !== null,
      unfinished: this.unfinished,
      isTurnLost: this.transcribing > 0,
      leave: this.leave,
      keys: this.keys.pressed,
    };
  }

  onEnd(): void {
    this.keys.stop();
    this.wait?.stop();
    this.stopAnswering();
    this.mouth.stop();
    this.writeDown(this.unwritten);
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
    const { tail, rest } = unsaidOf(state, interrupted);
    this.tail = tail;
    if (interrupted && isSound) interrupted.dropTail();
    else if (interrupted) this.awaitTail();
    else this.tailHeard();
    if (state.saying.length > 0) this.sayAll([...tail, ...rest]);
    else if (state.leave) this.leaveWhenHeard();
    if (state.isTurnLost) {
      this.dialogue.add(
        'system',
        '[What the caller said last was lost. Ask them to say it again.]',
      );
    }
    if (this.isOwed) this.answer();
  }

  /** The tail has no end of its own that is told. */
  private awaitTail(): void {
    const after = this.call.speak();
    after.end();
    this.tailOver = after.finished.then((how) => {
      if (how === 'played') this.tailHeard();
    });
  }

  private tailHeard(): void {
    for (const one of this.tail) one.played();
    this.tail = [];
  }

  private async heard(): Promise<'heard' | 'cut'> {
    await this.tailOver;
    return this.mouth.finished();
  }

  /** The caller hears nothing, although the servers are at work. */
  private get isWaiting(): boolean {
    const { mouth, call } = this;
    if (call.signal.aborted || this.callerSpeaks || this.leave || mouth.isOpen) return false;
    if (this.isOwed || this.transcribing > 0 || this.answering !== null) return true;
    return mouth.unheard.length > 0;
  }

  private sentenceHeard(sentence: string | null, heardMs: number, ofMs: number): void {
    if (sentence === null) return;
    const text = firstOf(sentence, heardMs / ofMs);
    this.call.transcript({ speaker: 'agent', text, final: true, agoMs: heardMs });
  }

  private cutOff(interruption: Interruption): void {
    if (!this.mouth.says(interruption)) {
      let { heardMs } = interruption;
      for (const one of this.tail) {
        one.cutAt(heardMs);
        heardMs -= one.ms;
      }
      this.mouth.cutBefore(heardMs);
    }
    this.tail = [];
    this.mouth.stop();
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

  private async listen(audio: Buffer): Promise<void> {
    try {
      const text = audio.length === 0 ? '' : await this.transcribe(audio);
      if (text !== '') {
        this.call.transcript({
          speaker: 'caller',
          text,
          final: true,
          agoMs: audio.length / 8,
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

  private async transcribe(audio: Buffer): Promise<string> {
    const { transcription } = this.parts;
    let text: string;
    try {
      text = await transcription.textOf(audio, this.call.signal);
    } catch (error) {
      if (!(error instanceof ModelError) || !error.isPassing) throw error;
      text = await transcription.textOf(audio, this.call.signal);
    }
    this.failures.transcription = 0;
    return text;
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
    if (this.unfinished.length === 0) await this.heard();
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
    const saying: Saying = { sentences: answer.sentences, begunAt: 0, isOpen: true };
    let used: readonly ToolCall[] = [];
    try {
      for await (const piece of chat.answer(messages, declared, signal)) {
        if (signal.aborted) return 0;
        if ('text' in piece) this.sayMore(answer, answer.take(piece.text), saying);
        else used = piece.toolCalls;
      }
      if (signal.aborted) return 0;
      this.sayMore(answer, answer.end(), saying);
      this.isOwed = false;
      this.unfinished = [];
      if (used.length > 0 && answer.sentences.length === 0) this.dialogue.said([], answer.uses);
      answer.uses.push(...used.map((call) => ({ call, outcome: JSON.stringify(this.use(call)) })));
    } finally {
      saying.isOpen = false;
      if (answer.sentences.length > 0) this.writeWhenHeard();
    }
    if (this.leave) this.leaveWhenHeard();
    return used.length;
  }

  private sayMore(answer: Answer, sentences: readonly Sentence[], saying: Saying): void {
    if (sentences.length === 0) return;
    if (answer.sentences.length === sentences.length) {
      this.dialogue.said(answer.sentences, answer.uses);
      this.unwritten.push(Object.assign(saying, { begunAt: performance.now() }));
    }
    this.isOwed = false;
    for (const one of sentences) {
      this.unfinished.push(one.text);
      this.mouth.say(one);
    }
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

  /** After the tail, which is the first of them, if there is one. */
  private sayAll(sentences: readonly Sentence[]): void {
    this.dialogue.said(sentences, []);
    for (const one of sentences) if (!one.isMade) this.mouth.say(one);
    this.unwritten.push({ sentences, begunAt: performance.now(), isOpen: false });
    this.writeWhenHeard();
    if (this.leave) this.leaveWhenHeard();
  }

  private writeWhenHeard(): void {
    void this.heard().then(() => {
      if (this.call.signal.aborted) return;
      this.writeDown(this.unwritten.filter(({ isOpen }) => !isOpen));
      this.call.checkpoint();
    });
  }

  /** What was heard goes into the transcript; what another process goes on with, that will write down. */
  private writeDown(said: readonly Saying[]): void {
    const isMoved = this.call.signal.reason === 'moved';
    this.unwritten = this.unwritten.filter((one) => !said.includes(one));
    for (const { sentences, begunAt } of said) {
      const text = textOf(isMoved ? sentences.filter((one) => one.isPlayed) : sentences);
      const agoMs = performance.now() - begunAt;
      if (text !== '') this.call.transcript({ speaker: 'agent', text, final: true, agoMs });
    }
  }

  private leaveWhenHeard(): void {
    void this.heard().then((how) => {
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
