import type { Log } from '../../shared/logger.js';
import type { AgentCall, AgentSession, Interruption, TransferFailed, TurnEnd } from '../agent.js';
import type { HalfHeard } from '../models/heard-text.js';
import { ModelError } from '../models/model-server.js';
import { HANG_UP, type ModelTools } from '../models/model-tools.js';
import { PressedKeys } from '../models/pressed-keys.js';
import type { ChatServer, ToolCall } from './chat-server.js';
import { Dialogue, textOf, type Remembered } from './dialogue.js';
import { Mouth, Sentence } from './mouth.js';
import { Sentences } from './sentences.js';
import type { ServerName } from './pipeline-options.js';
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

export interface PipelineParts {
  instructions: string;
  greeting: string | null;
  tools: ModelTools;
  chat: ChatServer;
  transcription: TranscriptionServer;
  speech: SpeechServer;
  log: Log;
}

/** How the model leaves the caller, once all was heard. */
type Leave = { kind: 'hang-up' } | { kind: 'transfer'; target: string; announce?: string };

/** What another process goes on from. The options are the workflow's. */
export interface PipelineState {
  remembered: Remembered[];
  /** What was being said, oldest first; `ms` of what was made of it. */
  saying: Array<HalfHeard & { isMade: boolean }>;
  /** The caller waits for an answer. */
  isOwed: boolean;
  /** What the caller said last was not transcribed yet. */
  isTurnLost: boolean;
  leave: Leave | null;
  keys: string;
}

/** One conversation by three servers. */
export class PipelineSession implements AgentSession {
  private readonly dialogue = new Dialogue();
  private readonly turn = new TurnAudio();
  private readonly mouth: Mouth;
  private readonly keys = new PressedKeys(() => this.keysPressed());
  private callerSpeaks = false;
  private isOwed = false;
  private transcribing = 0;
  private listening: Promise<void> = Promise.resolve();
  private answering: AbortController | null = null;
  private leave: Leave | null = null;
  private readonly failures: Record<ServerName, number> = { chat: 0, speech: 0, transcription: 0 };
  /** What was said and is not in the transcript yet, with when it began. */
  private unwritten: Array<{ sentences: readonly Sentence[]; begunAt: number }> = [];
  /** What an earlier process had made, which the platform says before anything new, and when that is over. */
  private tail: readonly Sentence[] = [];
  private tailOver: Promise<void> = Promise.resolve();

  constructor(
    private readonly call: AgentCall,
    private readonly parts: PipelineParts,
  ) {
    this.mouth = new Mouth(call, parts.speech, {
      made: () => (this.failures.speech = 0),
      failed: (error) => this.failed('speech', error),
    });
  }

  begin(): void {
    const { call, parts } = this;
    const state = (call.resumed?.state ?? null) as PipelineState | null;
    if (state) this.goOnFrom(state);
    else if (parts.greeting !== null && !call.resumed) this.say([parts.greeting]);
  }

  onAudio(audio: Buffer): void {
    this.turn.hear(audio);
  }

  onTurnStarted(): void {
    this.callerSpeaks = true;
    this.turn.begin();
    // Nothing of the answer is heard yet: the caller goes on with what they had to say.
    if (this.mouth.unheard.length === 0) this.stopAnswering();
  }

  onTurnEnded(turn: TurnEnd): void {
    this.callerSpeaks = false;
    const audio = this.turn.end(turn);
    this.transcribing += 1;
    this.listening = this.listening.then(() => this.listen(audio));
  }

  onInterrupted(interruption: Interruption): void {
    this.cutOff(interruption);
    this.stopAnswering();
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
    return {
      remembered: this.dialogue.remembered(new Set([...this.tail, ...unheard])),
      saying: [...this.tail, ...unheard].map(({ text, skipMs, ms, isMade }) => ({
        text,
        ms: skipMs + ms,
        isMade,
      })),
      isOwed: this.isOwed || (this.answering !== null && unheard.length === 0),
      isTurnLost: this.transcribing > 0,
      leave: this.leave,
      keys: this.keys.pressed,
    };
  }

  onEnd(): void {
    this.keys.stop();
    this.stopAnswering();
    this.mouth.stop();
    this.writeDown();
  }

  private goOnFrom({ remembered, saying, isOwed, isTurnLost, leave, keys }: PipelineState): void {
    for (const { role, text } of remembered) this.dialogue.add(role, text);
    this.keys.before(keys);
    this.leave = leave;
    this.isOwed = isOwed || isTurnLost;
    if (isTurnLost) {
      this.dialogue.add(
        'system',
        '[What the caller said last was lost. Ask them to say it again.]',
      );
    }
    const unsaid = this.unsaidOf(saying);
    if (saying.length > 0) this.sayAll(unsaid);
    else if (leave) this.leaveWhenHeard();
    if (this.isOwed) this.answer();
  }

  /** What of an earlier process's words was made, and is said by the platform, is the tail; the rest is made anew. */
  private unsaidOf(saying: PipelineState['saying']): Sentence[] {
    const { interrupted = null } = this.call.resumed ?? {};
    // Without a rest, all that was made was heard.
    let made = interrupted ? interrupted.heardMs + interrupted.tailMs : Infinity;
    const tail: Sentence[] = [];
    const unsaid: Sentence[] = [];
    for (const { text, ms, isMade } of saying) {
      const part = Math.min(ms, Math.max(0, made));
      made -= ms;
      if (isMade && part > ms - ROUNDING_MS) tail.push(Sentence.made(text, ms));
      else unsaid.push(new Sentence(text, part));
    }
    this.tail = tail;
    if (interrupted) this.awaitTail();
    return unsaid;
  }

  /** The tail has no end of its own that is told. */
  private awaitTail(): void {
    const after = this.call.speak();
    after.end();
    this.tailOver = after.finished.then(() => {
      this.tail = [];
    });
  }

  private async heard(): Promise<'heard' | 'cut'> {
    await this.tailOver;
    return this.mouth.finished();
  }

  private cutOff(interruption: Interruption): void {
    if (!this.mouth.says(interruption)) {
      let { heardMs } = interruption;
      for (const one of this.tail) {
        one.cutAt(heardMs);
        heardMs -= one.ms;
      }
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
    this.stopAnswering();
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
        this.stopAnswering();
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

  private async think(signal: AbortSignal): Promise<void> {
    await this.heard();
    for (let round = 0; !signal.aborted; round += 1) {
      const isLast = round === ROUNDS_MAX;
      if (isLast) this.call.note('tool_rounds', { rounds: ROUNDS_MAX });
      const calls = await this.round(isLast, signal);
      if (signal.aborted || calls === 0 || isLast || this.leave) return;
    }
  }

  /** One answer of the model. Returns how many tools it used. */
  private async round(isLast: boolean, signal: AbortSignal): Promise<number> {
    const { chat, tools, instructions } = this.parts;
    const declared = isLast ? [] : tools.declared().map(asFunction);
    const spoken: Sentence[] = [];
    const sentences = new Sentences();
    const say = (texts: readonly string[]): void => {
      for (const text of texts) {
        const sentence = new Sentence(text);
        if (spoken.length === 0) this.isOwed = false;
        spoken.push(sentence);
        this.mouth.say(sentence);
      }
    };
    const messages = this.dialogue.messages(instructions);
    let used: readonly ToolCall[] = [];
    let isNoted = false;
    const note = (uses: Parameters<Dialogue['said']>[1]): void => {
      if (!isNoted && (spoken.length > 0 || uses.length > 0)) this.dialogue.said(spoken, uses);
      isNoted = true;
    };
    try {
      for await (const piece of chat.answer(messages, declared, signal)) {
        if ('text' in piece) say(sentences.take(piece.text));
        else used = piece.toolCalls;
      }
      if (signal.aborted) return 0;
      say(sentences.flush());
      this.isOwed = false;
      note(used.map((one) => ({ call: one, outcome: JSON.stringify(this.use(one)) })));
    } finally {
      note([]);
      if (spoken.length > 0) this.writeWhenHeard(spoken);
    }
    if (this.leave) this.leaveWhenHeard();
    return used.length;
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

  private say(texts: readonly string[]): void {
    this.sayAll(texts.map((text) => new Sentence(text)));
  }

  /** After the tail, if there is one. */
  private sayAll(sentences: Sentence[]): void {
    const all = [...this.tail, ...sentences];
    this.dialogue.said(all, []);
    for (const one of sentences) this.mouth.say(one);
    this.writeWhenHeard(all);
    if (this.leave) this.leaveWhenHeard();
  }

  private writeWhenHeard(sentences: readonly Sentence[]): void {
    this.unwritten.push({ sentences, begunAt: performance.now() });
    void this.heard().then(() => {
      if (this.call.signal.aborted) return;
      this.writeDown();
      this.call.checkpoint();
    });
  }

  /** What was heard goes into the transcript; what another process goes on with, that will write down. */
  private writeDown(): void {
    const isMoved = this.call.signal.reason === 'moved';
    for (const { sentences, begunAt } of this.unwritten.splice(0)) {
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
