import { encodeMulaw } from '../../audio/mulaw.js';
import type { Agent, CallFacts, OnWait, TransferFailed, TranscriptLine } from '../agent.js';
import { withFacts, type Facts } from '../facts.js';
import {
  ScriptedStream,
  settle,
  type CallEnd,
  type ScriptedHandover,
  type ScriptedStreamParts,
  type ScriptedTransfer,
} from './scripted-stream.js';

export type { CallEnd };

const FRAME_MS = 20;
const TURN_SILENCE_MS = 600;

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
  /** The workflow's `on_wait`. Default: null, nothing. */
  onWait?: OnWait | null;
  /** The names of the workflow's `transfer_targets`. Default: none. */
  transferTargets?: readonly string[];
  /** The workflow's `turn_silence_ms`: so much silence ends a turn of the caller's. Default: 600. */
  turnSilenceMs?: number;
  /** The other workflows of the user, by id, which take a call that is passed on. Default: none. */
  workflows?: readonly number[];
  /** Called for every 20 ms that pass, for tests that drive timers by hand. */
  onTick?: (ms: number) => void;
  /** Called for every 20 ms of the script, before the agent can act on what was heard in them. */
  onFrame?: () => Promise<void>;
}

/** How a call comes to another process. */
export interface Move {
  /** Who answers there: the class, constructed anew. Default: the same as before. */
  to?: Agent;
  /** Default: 200. */
  gapMs?: number;
}

/**
 * A caller for tests of an agent, without network and gateway. Time passes
 * only while the script says so. Frames, marks, interruption and the end are as
 * on a real call; play-out is ideal.
 */
export class ScriptedCaller {
  /** What the caller has heard, in the agent's format. */
  readonly heard: Buffer[] = [];
  facts: Facts = {};
  /** What the agent has told the timeline. */
  readonly notes: Array<{ what: string; detail: Readonly<Record<string, string | number>> }> = [];
  /** What the agent has added to the call's transcript. */
  readonly transcript: TranscriptLine[] = [];
  /** The digits that the agent has sent, those of each request. */
  readonly digits: string[] = [];
  ended: CallEnd | null = null;
  /** What the agent failed with. */
  failure: unknown = null;
  /** Milliseconds since the call began. */
  elapsedMs = 0;
  /** What the agent wrote or did after the end of the call, or of the stream that it was moved from. */
  readonly afterEnd: string[] = [];
  /** Why a snapshot could not be used, and the agent began anew: `threw`, `no-json` or `too-large`. */
  noSnapshot: string | null = null;
  /** To whom the agent has had the call transferred; null: it has not, or the caller is back. */
  transferred: ScriptedTransfer | null = null;
  /** The workflow that goes on with the call, where the agent has passed it on: then nobody answers here any more. */
  passedOnTo: number | null = null;
  private transferLeft: ScriptedHandover | null = null;
  private stream: ScriptedStream;
  private streamBeganAt = 0;
  /** What was stored at the last checkpoint that the agent asked for. */
  private stored: ScriptedHandover | null = null;

  constructor(
    private agent: Agent,
    private readonly script: ScriptedCallerOptions = {},
  ) {
    this.stream = this.streamOf(null);
  }

  /** The bytes of a millisecond, in the agent's format. */
  get bytesPerMs(): number {
    return this.stream.bytesPerMs;
  }

  /** What the agent has said and the caller has not heard, in milliseconds. */
  get waitingMs(): number {
    return this.stream.waitingMs;
  }

  /** Lets the agent answer. What the agent throws is kept in `failure`. */
  async connect(): Promise<void> {
    await this.stream.connect();
    await settle();
  }

  /** The caller says nothing for this long, and hears what the agent says meanwhile. */
  async listen(ms: number): Promise<void> {
    await this.pass(ms, SILENCE);
  }

  /** The caller says nothing until the agent has said everything, at most for a minute unless `maxMs` is given. */
  async hearOut(maxMs = 60_000): Promise<void> {
    const until = this.elapsedMs + maxMs;
    let wasSilent = false;
    while (!(wasSilent && this.waitingMs === 0) && this.elapsedMs < until && !this.ended) {
      wasSilent = this.waitingMs === 0;
      await this.pass(FRAME_MS, SILENCE);
    }
  }

  /**
   * The caller makes a sound: a tone, unless `mulaw` is given. Whatever it is, it counts as their voice: a turn begins
   * with 120 ms of it, and ends when the caller listens.
   */
  async say(ms: number, mulaw: Buffer = TONE): Promise<void> {
    await this.pass(ms, mulaw);
  }

  async press(digits: string): Promise<void> {
    for (const digit of digits) await this.stream.press(digit);
  }

  /** The carrier finds out who answered: `human`, `machine_start`, `machine_end_beep`, `fax` … */
  async machine(answeredBy: string): Promise<void> {
    await this.stream.machine(answeredBy);
    await settle();
  }

  /** The caller talks over the agent, as in a workflow with `barge_in`; a turn begins, unless one is under way. */
  async bargeIn(): Promise<void> {
    await this.stream.bargeIn();
  }

  async hangUp(): Promise<void> {
    this.stream.end('caller');
    await settle();
  }

  /**
   * The call is moved: the agent's session ends, and what it left is answered by another. The caller
   * is silent meanwhile, and hears nothing.
   */
  async move(move: Move = {}): Promise<void> {
    if (this.ended) return;
    const handover = this.stream.leave();
    this.noSnapshot ??= handover.noSnapshot;
    await this.arrive(handover, 'moved', move);
  }

  /** The process dies, and another goes on from the last checkpoint that the agent has asked for. */
  async crash(move: Move = {}): Promise<void> {
    if (this.ended) return;
    this.stream.die();
    this.afterEnd.length = 0;
    await this.arrive(this.stored, 'lost', move);
  }

  /** The person to whom the call was transferred is not reached: the caller is back. */
  async giveBack(reason: TransferFailed['reason'] = 'no_answer'): Promise<void> {
    const { transferred } = this;
    if (!transferred) throw new Error('the call was not transferred');
    this.transferred = null;
    await this.arrive(this.transferLeft, 'moved', {});
    await this.stream.transferFailed({ target: transferred.target, reason });
    await settle();
  }

  /** The process dies before the transfer is written down, and another goes on from what the agent left. */
  async giveBackUntold(): Promise<void> {
    this.transferred = null;
    await this.arrive(this.transferLeft, 'lost', {});
  }

  private async arrive(
    handover: ScriptedHandover | null,
    reason: 'moved' | 'lost',
    { to = this.agent, gapMs = 200 }: Move,
  ): Promise<void> {
    await settle();
    for (let past = 0; past < gapMs; past += FRAME_MS) this.script.onTick?.(FRAME_MS);
    this.elapsedMs += gapMs;
    this.streamBeganAt = this.elapsedMs;
    this.agent = to;
    this.stream = this.streamOf({ handover, reason, gapMs });
    await this.connect();
  }

  private streamOf(arrival: ScriptedStreamParts['arrival']): ScriptedStream {
    return new ScriptedStream({
      agent: this.agent,
      facts: { ...FACTS, ...this.script.facts },
      options: this.script.options ?? {},
      heard: this.heard,
      arrival,
      setFacts: (facts) => (this.facts = withFacts(this.facts, facts)),
      onNote: (what, detail) => this.notes.push({ what, detail }),
      onTranscript: (line) => this.transcript.push(line),
      onDigits: (digits) => this.digits.push(digits),
      checkpoint: (handover) => (this.stored = handover),
      onEnd: (how, failure) => {
        this.ended = how;
        this.failure = failure;
      },
      onLate: (what) => this.afterEnd.push(what),
      workflows: this.script.workflows ?? [],
      onPassedOn: (workflowId) => (this.passedOnTo = workflowId),
      onWait: this.script.onWait ?? null,
      transferTargets: this.script.transferTargets ?? [],
      turnSilenceMs: this.script.turnSilenceMs ?? TURN_SILENCE_MS,
      onTransfer: (transfer, handover) => {
        this.transferred = transfer;
        this.transferLeft = handover;
      },
    });
  }

  private async pass(ms: number, sound: Buffer): Promise<void> {
    for (let left = ms; left > 0 && !this.ended; left -= FRAME_MS) {
      this.elapsedMs += FRAME_MS;
      await this.stream.hear(sound, this.elapsedMs - this.streamBeganAt);
      this.stream.play(FRAME_MS);
      await this.script.onFrame?.();
      this.script.onTick?.(FRAME_MS);
      await settle();
    }
  }
}

/** 20 ms of nothing. */
const SILENCE = Buffer.alloc(160, 0xff);

/** 20 ms of 400 Hz: whole periods, so that it can be repeated. */
const TONE = encodeMulaw(
  Int16Array.from({ length: 160 }, (_, n) => 8_000 * Math.sin((2 * Math.PI * 400 * n) / 8_000)),
);
