import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { AudioFormat } from '../../audio/audio-format.js';
import { encodeMulaw } from '../../audio/mulaw.js';
import { hearingAs } from '../../audio/transcoder.js';
import type {
  Agent,
  AgentCall,
  AgentSession,
  CallFacts,
  Interruption,
  Utterance,
} from '../agent.js';
import { withFacts, type Facts } from '../facts.js';
import { LATE, within } from '../../shared/within.js';

const FRAME_MS = 20;
/** The limits of a real call: the audio that may wait to be heard, and the marks that may be outstanding. */
const WAITING_MAX_MS = 10 * 60_000;
const MARKS_MAX = 1_000;
/** The limit for an answer, and for each `async` method. */
const PATIENCE_MS = 60_000;
const BYTES_PER_MS: Record<AudioFormat, number> = {
  mulaw_8000: 8,
  pcm_8000: 16,
  pcm_16000: 32,
  pcm_24000: 48,
};

const FACTS: CallFacts = {
  provider: 'twilio',
  callId: `CA${'0'.repeat(32)}`,
  accountId: `AC${'0'.repeat(32)}`,
  streamId: `MZ${'0'.repeat(32)}`,
  workflowRunId: 1,
  workflowId: 1,
  userId: 1,
  direction: 'inbound',
  from: '+12025550143',
  to: '+12025550100',
  context: {},
  parameters: {},
};

export interface ScriptedCallerOptions {
  options?: Record<string, unknown>;
  facts?: Partial<CallFacts>;
  /** Called for every 20 ms that pass, for tests that drive timers by hand. */
  onTick?: (ms: number) => void;
}

/** How a call ended: by the caller, by the agent, or because the agent failed. */
export type CallEnd = 'caller' | 'agent' | 'failed';

/**
 * A caller for tests of an agent, without network and gateway. Time passes
 * only while the script says so. Frames, marks, interruption and the end are as
 * on a real call; play-out is ideal.
 */
export class ScriptedCaller {
  /** What the caller has heard, in the agent's format. */
  readonly heard: Buffer[] = [];
  facts: Facts = {};
  ended: CallEnd | null = null;
  /** What the agent failed with. */
  failure: unknown = null;
  /** Milliseconds since the call began. */
  elapsedMs = 0;
  /** What the agent wrote or did after the end of the call. */
  readonly afterEnd: string[] = [];
  private session: AgentSession | null = null;
  private readonly abort = new AbortController();
  private readonly utterances: ScriptedUtterance[] = [];
  private readonly marks: Array<{ name: string; at: number }> = [];
  private open: ScriptedUtterance | null = null;
  private written = 0;
  private played = 0;
  private readonly hearing: (mulaw: Buffer) => Buffer;
  private readonly bytesPerMs: number;

  constructor(
    private readonly agent: Agent,
    private readonly script: ScriptedCallerOptions = {},
  ) {
    this.hearing = hearingAs(agent.audioFormat);
    this.bytesPerMs = BYTES_PER_MS[agent.audioFormat];
  }

  /** Lets the agent answer. What the agent throws is kept in `failure`. */
  async connect(): Promise<void> {
    try {
      const session = await inTime(this.agent.answer(this.call()), 'it did not answer in time');
      if (this.ended) session.onEnd?.();
      else this.session = session;
    } catch (error) {
      this.finish('failed', error);
    }
    await this.settle();
  }

  /** The caller says nothing for this long, and hears what the agent says meanwhile. */
  async listen(ms: number): Promise<void> {
    await this.pass(ms, () => Buffer.alloc(160, 0xff));
  }

  /** The caller makes a sound: a tone, unless `mulaw` is given. */
  async say(ms: number, mulaw: Buffer = TONE): Promise<void> {
    await this.pass(ms, () => mulaw);
  }

  async press(digits: string): Promise<void> {
    for (const digit of digits) {
      await this.attempt((session) => session.onDtmf?.(digit));
    }
  }

  /** The caller talks over the agent, as in a workflow with `barge_in`. */
  async bargeIn(): Promise<void> {
    const interruption = this.interrupt();
    if (interruption) await this.attempt((session) => session.onInterrupted?.(interruption));
  }

  async hangUp(): Promise<void> {
    this.finish('caller');
    await this.settle();
  }

  private call(): AgentCall {
    const late = (what: string): boolean => {
      if (this.ended) this.afterEnd.push(what);
      return this.ended !== null;
    };
    return {
      facts: { ...FACTS, ...this.script.facts },
      options: this.script.options ?? {},
      signal: this.abort.signal,
      speak: () => this.speak(),
      sendAudio: (audio) => {
        if (!late('sendAudio')) (this.open ?? this.speak()).write(audio);
      },
      mark: (name) => {
        if (late('mark')) return;
        this.marks.push({ name, at: this.written });
        if (this.marks.length > MARKS_MAX) this.flooded();
      },
      interrupt: () => (this.ended ? null : this.interrupt()),
      hangUp: () => {
        if (!late('hangUp')) this.finish('agent');
      },
      fail: (reason) => this.finish('failed', reason),
      setFacts: (facts) => {
        if (!late('setFacts')) this.facts = withFacts(this.facts, facts);
      },
    };
  }

  private speak(): ScriptedUtterance {
    this.open?.end();
    const utterance = new ScriptedUtterance(this.utterances.length + 1, this.written, {
      bytesPerMs: this.bytesPerMs,
      played: () => this.played,
      written: () => this.written,
      write: (audio) => {
        if (this.ended) return;
        this.queue.push(audio);
        this.written += audio.length;
        if (this.written - this.played > WAITING_MAX_MS * this.bytesPerMs) this.flooded();
      },
    });
    if (this.ended) {
      utterance.cut();
      return utterance;
    }
    this.utterances.push(utterance);
    this.open = utterance;
    return utterance;
  }

  private readonly queue: Buffer[] = [];

  private async pass(ms: number, sound: () => Buffer): Promise<void> {
    const until = this.elapsedMs + ms;
    while (this.elapsedMs < until && !this.ended) {
      this.elapsedMs += FRAME_MS;
      await this.attempt((session) => {
        const audio = this.hearing(sound());
        return audio.length > 0 ? session.onAudio(audio, this.elapsedMs) : undefined;
      });
      this.play(FRAME_MS * this.bytesPerMs);
      this.script.onTick?.(FRAME_MS);
      await this.settle();
    }
  }

  private play(bytes: number): void {
    let room = bytes;
    while (room > 0 && this.queue[0]) {
      const audio = this.queue[0].subarray(0, room);
      this.heard.push(audio);
      room -= audio.length;
      this.played += audio.length;
      if (audio.length === this.queue[0].length) this.queue.shift();
      else this.queue[0] = this.queue[0].subarray(audio.length);
    }
    for (const utterance of this.utterances) utterance.check();
    this.settleMarks((mark) => mark.at <= this.played, 'played');
  }

  private interrupt(): Interruption | null {
    const first = this.utterances.find((utterance) => utterance.open);
    for (const utterance of this.utterances) utterance.cut();
    this.queue.length = 0;
    this.written = this.played;
    this.open = null;
    this.settleMarks(() => true, 'cleared');
    return first ? { utterance: first, heardMs: first.heardMs } : null;
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
      this.finish('failed', error);
    }
  }

  private flooded(): void {
    this.finish('failed', new Error('it wrote more than ten minutes, or a thousand marks, ahead'));
  }

  private finish(how: CallEnd, failure: unknown = null): void {
    if (this.ended) return;
    this.ended = how;
    this.failure = failure;
    const { session } = this;
    this.session = null;
    this.abort.abort();
    for (const utterance of this.utterances) utterance.cut();
    session?.onEnd?.();
  }

  /** Lets the work that the agent has begun continue. */
  private async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await turnOfTheLoop();
  }
}

/** Measured by the real clock, whatever the script's clock says, and long enough that only an agent that hangs is late. */
async function inTime<T>(work: T | PromiseLike<T>, otherwise: string): Promise<T> {
  const result = await within(PATIENCE_MS, Promise.resolve(work));
  if (result === LATE) throw new Error(otherwise);
  return result;
}

interface Line {
  bytesPerMs: number;
  played: () => number;
  written: () => number;
  write: (audio: Buffer) => void;
}

class ScriptedUtterance implements Utterance {
  interrupted = false;
  readonly finished: Promise<'played' | 'interrupted'>;
  private endsAt: number | null = null;
  private final: number | null = null;
  private finish!: (how: 'played' | 'interrupted') => void;

  constructor(
    readonly id: number,
    private readonly start: number,
    private readonly line: Line,
  ) {
    this.finished = new Promise((resolve) => (this.finish = resolve));
  }

  get heardMs(): number {
    const end = Math.min(this.line.played(), this.endsAt ?? this.line.written());
    return this.final ?? Math.max(0, end - this.start) / this.line.bytesPerMs;
  }

  get waitingMs(): number {
    if (this.final !== null) return 0;
    const end = this.endsAt ?? this.line.written();
    return Math.max(0, end - Math.max(this.start, this.line.played())) / this.line.bytesPerMs;
  }

  write(audio: Buffer): void {
    if (this.interrupted) return;
    if (this.endsAt !== null) throw new Error('the utterance has ended');
    this.line.write(audio);
  }

  end(): void {
    if (this.final === null) this.endsAt ??= this.line.written();
  }

  check(): void {
    if (this.final !== null || this.endsAt === null || this.line.played() < this.endsAt) return;
    this.final = this.heardMs;
    this.finish('played');
  }

  /** The audio that was neither heard to the end nor cut off. */
  get open(): boolean {
    return this.final === null;
  }

  cut(): void {
    if (!this.open) return;
    this.final = this.heardMs;
    this.interrupted = true;
    this.finish('interrupted');
  }
}

/** 20 ms of 400 Hz: whole periods, so that it can be repeated. */
const TONE = encodeMulaw(
  Int16Array.from({ length: 160 }, (_, n) => 8_000 * Math.sin((2 * Math.PI * 400 * n) / 8_000)),
);
