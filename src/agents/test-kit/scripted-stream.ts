import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { AudioFormat } from '../../audio/audio-format.js';
import { digitsMs } from '../../audio/dtmf.js';
import { MULAW_SILENCE } from '../../audio/mulaw.js';
import { hearingAs } from '../../audio/transcoder.js';
import type {
  Agent,
  AgentCall,
  AgentSession,
  CallFacts,
  DigitsOutcome,
  Interruption,
  OnWait,
  Resumed,
  TransferFailed,
  TransferOptions,
  TranscriptLine,
  TurnStart,
} from '../agent.js';
import { machineResult } from '../voicemail/machine-result.js';
import { areDigits, DIGITS_RULE } from '../../shared/digits.js';
import { snapshotOf } from '../snapshot.js';
import { LATE, within } from '../../shared/within.js';
import { ScriptedTurns } from './scripted-turns.js';
import { ScriptedUtterance } from './scripted-utterance.js';

/** The limits of a real call: the audio that may wait to be heard, and the marks that may be outstanding. */
const WAITING_MAX_MS = 10 * 60_000;
const MARKS_MAX = 32_768;
/** Of a real call: what is said again after a move, and how much of what was not heard goes with it. */
const AGAIN_MS = 200;
const REST_MAX_MS = 10_000;
/** The limit for an answer, and for each `async` method. */
const PATIENCE_MS = 60_000;
const BYTES_PER_MS: Record<AudioFormat, number> = {
  mulaw_8000: 8,
  pcm_8000: 16,
  pcm_16000: 32,
  pcm_24000: 48,
};

/** How a call ended: by the caller, by the agent, or because the agent failed. */
export type CallEnd = 'caller' | 'agent' | 'failed';

/** What a stream leaves to the next of its call. */
export interface ScriptedHandover {
  state: unknown;
  /** Why the agent's state could not be taken. */
  noSnapshot: string | null;
  utterances: number;
  rest: { audio: Buffer; heardMs: number; tailMs: number } | null;
  /** Whether the caller was in the midst of a turn. */
  turnIsOpen: boolean;
}

export interface ScriptedStreamParts {
  agent: Agent;
  facts: CallFacts;
  options: Readonly<Record<string, unknown>>;
  /** What the caller has heard on the call, in the agent's format; added to. */
  heard: Buffer[];
  arrival: (Pick<Resumed, 'reason' | 'gapMs'> & { handover: ScriptedHandover | null }) | null;
  setFacts: (facts: Readonly<Record<string, unknown>>) => void;
  onNote: (what: string, detail: Readonly<Record<string, string | number>>) => void;
  onTranscript: (line: TranscriptLine) => void;
  /** Digits were heard to the last. */
  onDigits: (digits: string) => void;
  checkpoint: (handover: ScriptedHandover) => void;
  /** Once: the stream, and the call with it, is over. */
  onEnd: (how: CallEnd, failure: unknown) => void;
  /** What the agent does when the stream is over. */
  onLate: (what: string) => void;
  /** The workflows that take a call that is passed on. */
  workflows: readonly number[];
  /** The agent has another workflow go on with the call, which takes it. */
  onPassedOn: (workflowId: number) => void;
  /** The workflow's. */
  onWait: OnWait | null;
  transferTargets: readonly string[];
  /** The workflow's, in milliseconds. */
  turnSilenceMs: number;
  /** The agent has the call transferred: the stream is over, and this is what it left. */
  onTransfer: (transfer: ScriptedTransfer, handover: ScriptedHandover) => void;
}

/** Whom an agent has its call transferred to, and what is announced to them. */
export interface ScriptedTransfer {
  target: string;
  announce: TransferOptions['announce'] | null;
}

/** One stream of a scripted call: the agent's side of it, and an ideal play-out. */
export class ScriptedStream {
  readonly bytesPerMs: number;
  private session: AgentSession | null = null;
  private over = false;
  /** Whether the agent was told of the end. */
  private isToldEnd = false;
  private readonly abort = new AbortController();
  private readonly utterances: ScriptedUtterance[] = [];
  private readonly marks: Array<{ name: string; at: number }> = [];
  private readonly queue: Buffer[] = [];
  private readonly hearing: (mulaw: Buffer) => Buffer;
  private open: ScriptedUtterance | null = null;
  private begun: number;
  private written = 0;
  private played = 0;
  /** Of the stream before, until it is said. */
  private rest: ScriptedHandover['rest'];
  private restDropped = false;
  private readonly turns: ScriptedTurns;

  constructor(private readonly parts: ScriptedStreamParts) {
    const { agent, arrival } = parts;
    this.hearing = hearingAs(agent.audioFormat);
    this.bytesPerMs = BYTES_PER_MS[agent.audioFormat];
    this.begun = arrival?.handover?.utterances ?? 0;
    this.rest = arrival?.handover?.rest ?? null;
    this.turns = new ScriptedTurns(parts.turnSilenceMs, arrival?.handover?.turnIsOpen ?? false);
  }

  /** What was said and is not heard, in milliseconds. */
  get waitingMs(): number {
    return (this.written - this.played) / this.bytesPerMs;
  }

  /** Lets the agent answer. */
  async connect(): Promise<void> {
    try {
      const answering = this.parts.agent.answer(this.call());
      this.sayRest();
      const session = await inTime(answering, 'it did not answer in time');
      if (this.over) {
        session.onEnd?.();
        return;
      }
      this.session = session;
      if (this.turns.isOpen) await this.turnStarted({ audioMs: 0 });
    } catch (error) {
      this.end('failed', error);
    }
  }

  async hear(mulaw: Buffer, timestampMs: number): Promise<void> {
    await this.attempt((session) => {
      const audio = this.hearing(mulaw);
      return audio.length > 0 ? session.onAudio(audio, timestampMs) : undefined;
    });
    const { started, ended } = this.turns.hear(mulaw.some((byte) => byte !== MULAW_SILENCE));
    if (started) await this.turnStarted(started);
    if (ended) await this.attempt((session) => session.onTurnEnded?.(ended));
  }

  press(digit: string): Promise<void> {
    return this.attempt((session) => session.onDtmf?.(digit));
  }

  machine(answeredBy: string): Promise<void> {
    return this.attempt((session) => session.onMachine?.(machineResult(answeredBy)));
  }

  async bargeIn(): Promise<void> {
    const interruption = this.interrupt();
    if (interruption) await this.attempt((session) => session.onInterrupted?.(interruption));
    const started = this.turns.begin();
    if (started) await this.turnStarted(started);
  }

  /** The caller hears so much of what waits. */
  play(ms: number): void {
    let room = ms * this.bytesPerMs;
    while (room > 0 && this.queue[0]) {
      const audio = this.queue[0].subarray(0, room);
      this.parts.heard.push(audio);
      room -= audio.length;
      this.played += audio.length;
      if (audio.length === this.queue[0].length) this.queue.shift();
      else this.queue[0] = this.queue[0].subarray(audio.length);
    }
    for (const utterance of this.utterances) utterance.check();
    this.settleMarks((mark) => mark.at <= this.played, 'played');
  }

  end(how: CallEnd, failure: unknown = null): void {
    if (this.close()) this.parts.onEnd(how, failure);
  }

  transferFailed(failed: TransferFailed): Promise<void> {
    return this.attempt((session) => session.onTransferFailed?.(failed));
  }

  /** The call goes on in another process. */
  leave(): ScriptedHandover {
    const handover = this.handover();
    this.close('moved');
    return handover;
  }

  /** The process dies. A test's process does not: the session must clean up all the same. */
  die(): void {
    this.close();
  }

  private close(reason?: 'moved'): boolean {
    if (this.over) return false;
    this.over = true;
    const { session } = this;
    this.session = null;
    this.abort.abort(reason);
    for (const utterance of this.utterances) utterance.cut();
    session?.onEnd?.();
    this.isToldEnd = true;
    return true;
  }

  private call(): AgentCall {
    const { facts, options, setFacts } = this.parts;
    const waitingMs = (): number => (this.over ? 0 : this.waitingMs);
    const late = (what: string): boolean => {
      if (this.over) this.parts.onLate(what);
      return this.over;
    };
    return {
      facts,
      simulated: true,
      options,
      signal: this.abort.signal,
      resumed: this.resumed(),
      speak: () => this.speak(),
      sendAudio: (audio) => {
        if (!late('sendAudio')) (this.open ?? this.speak()).write(audio);
      },
      get waitingMs() {
        return waitingMs();
      },
      mark: (name) => {
        if (late('mark')) return;
        this.sayRest();
        this.marks.push({ name, at: this.written });
        if (this.marks.length > MARKS_MAX) this.flooded();
      },
      interrupt: () => (this.over ? null : this.interrupt()),
      sendDigits: (digits) => {
        if (!areDigits(digits)) throw new Error(`digits ${DIGITS_RULE}`);
        return late('sendDigits') ? Promise.resolve('failed') : this.sendDigits(digits);
      },
      hangUp: () => {
        if (!late('hangUp')) this.end('agent');
      },
      onWait: this.parts.onWait,
      transferTargets: this.parts.transferTargets,
      transfer: (target, { announce = null }: Partial<ScriptedTransfer> = {}) => {
        if (late('transfer')) return;
        if (!this.parts.transferTargets.includes(target)) {
          throw new Error(`"${target}" is none of the workflow's transfer_targets`);
        }
        queueMicrotask(() => {
          if (this.over) return;
          // What was not heard yet is cut off, and not said again.
          const handover = { ...this.leave(), rest: null, turnIsOpen: false };
          this.parts.onTransfer({ target, announce }, handover);
        });
      },
      passOn: async (workflowId) => {
        if (late('passOn') || !this.parts.workflows.includes(workflowId)) return false;
        await settle();
        if (this.close()) this.parts.onPassedOn(workflowId);
        return true;
      },
      fail: (reason) => this.end('failed', reason),
      setFacts: (changes) => {
        if (!late('setFacts')) setFacts(changes);
      },
      note: (what, detail = {}) => {
        if (!this.over) this.parts.onNote(what, detail);
      },
      transcript: (line) => {
        if (!this.isToldEnd) this.parts.onTranscript(line);
      },
      checkpoint: () => {
        if (late('checkpoint') || !this.parts.agent.resumes) return;
        queueMicrotask(() => {
          if (!this.over) this.parts.checkpoint(this.handover());
        });
      },
    };
  }

  /** They are silence here. */
  private async sendDigits(digits: string): Promise<DigitsOutcome> {
    const utterance = this.speak();
    utterance.write(Buffer.alloc(digitsMs(digits) * this.bytesPerMs));
    utterance.end();
    if ((await utterance.finished) === 'interrupted') return 'interrupted';
    this.parts.onDigits(digits);
    return 'sent';
  }

  private resumed(): Resumed | null {
    const { agent, arrival } = this.parts;
    if (!arrival || !agent.resumes) return null;
    const { reason, gapMs, handover } = arrival;
    const { rest } = this;
    const dropTail = (): void => {
      if (this.begun !== handover?.utterances) return;
      this.restDropped = true;
      this.interrupt();
    };
    const interrupted = rest && { heardMs: rest.heardMs, tailMs: rest.tailMs, dropTail };
    return { state: handover?.state ?? null, reason, gapMs, interrupted };
  }

  private handover(): ScriptedHandover {
    const { begun: utterances, session } = this;
    const about = { utterances, turnIsOpen: this.turns.isOpen };
    if (!this.parts.agent.resumes) return { ...about, state: null, noSnapshot: null, rest: null };
    const rest = this.unheard();
    if (!session) {
      // It has not answered: what it was left is still to be gone on from.
      const left = this.parts.arrival?.handover ?? null;
      if (left && this.restDropped) return left;
      return { ...about, state: left?.state ?? null, noSnapshot: null, rest };
    }
    const snapshot = snapshotOf(session);
    return snapshot.kind === 'taken'
      ? { ...about, state: snapshot.state, noSnapshot: null, rest }
      : { ...about, state: null, noSnapshot: snapshot.reason, rest };
  }

  private unheard(): ScriptedHandover['rest'] {
    const { bytesPerMs, played } = this;
    const first = this.utterances.find(({ waitingMs }) => waitingMs > 0);
    if (!first) return this.rest;
    const heardMs = (played - first.start) / bytesPerMs;
    const waiting = Buffer.concat(this.queue).subarray(0, REST_MAX_MS * bytesPerMs);
    const again = Math.min(AGAIN_MS, heardMs) * bytesPerMs;
    const heard = Buffer.concat(this.parts.heard.slice(-2 * AGAIN_MS));
    const audio = Buffer.concat([heard.subarray(heard.length - again), waiting]);
    return { audio, heardMs, tailMs: waiting.length / bytesPerMs };
  }

  private sayRest(): void {
    const { rest, bytesPerMs } = this;
    this.rest = null;
    if (!rest || this.over) return;
    const againMs = rest.audio.length / bytesPerMs - rest.tailMs;
    const start = this.written - (rest.heardMs - againMs) * bytesPerMs;
    const utterance = this.add(new ScriptedUtterance(this.begun, start, this.line()));
    utterance.write(rest.audio);
    utterance.end();
  }

  private speak(): ScriptedUtterance {
    this.sayRest();
    this.open?.end();
    this.begun += 1;
    return this.add(new ScriptedUtterance(this.begun, this.written, this.line()));
  }

  private add(utterance: ScriptedUtterance): ScriptedUtterance {
    if (this.over) {
      utterance.cut();
      return utterance;
    }
    this.utterances.push(utterance);
    this.open = utterance;
    return utterance;
  }

  private line() {
    return {
      bytesPerMs: this.bytesPerMs,
      played: () => this.played,
      written: () => this.written,
      write: (audio: Buffer) => {
        if (this.over) return;
        this.queue.push(audio);
        this.written += audio.length;
        if (this.waitingMs > WAITING_MAX_MS) this.flooded();
      },
    };
  }

  private interrupt(): Interruption | null {
    this.rest = null;
    const first = this.utterances.find((utterance) => utterance.open);
    for (const utterance of this.utterances) utterance.cut();
    this.queue.length = 0;
    this.written = this.played;
    this.open = null;
    this.settleMarks(() => true, 'cleared');
    return first ? { utterance: first, heardMs: first.heardMs } : null;
  }

  private turnStarted(turn: TurnStart): Promise<void> {
    return this.attempt((session) => session.onTurnStarted?.(turn));
  }

  private settleMarks(fits: (mark: { at: number }) => boolean, how: 'played' | 'cleared'): void {
    for (const mark of this.marks.filter(fits)) {
      this.marks.splice(this.marks.indexOf(mark), 1);
      queueMicrotask(() => void this.attempt((session) => session.onMark?.(mark.name, how)));
    }
  }

  private async attempt(work: (session: AgentSession) => unknown): Promise<void> {
    if (!this.session) return;
    try {
      const done = work(this.session);
      if (done instanceof Promise) await inTime(done, 'it stalls: it finishes nothing');
    } catch (error) {
      this.end('failed', error);
    }
  }

  private flooded(): void {
    this.end('failed', new Error('it wrote more than ten minutes, or 32,768 marks, ahead'));
  }
}

/** Lets the work that an agent has begun continue. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await turnOfTheLoop();
}

/** Measured by the real clock, whatever the script's clock says, and long enough that only an agent that hangs is late. */
async function inTime<T>(work: T | PromiseLike<T>, otherwise: string): Promise<T> {
  const result = await within(PATIENCE_MS, Promise.resolve(work));
  if (result === LATE) throw new Error(otherwise);
  return result;
}
