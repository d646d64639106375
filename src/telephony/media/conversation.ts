import type {
  Agent,
  AgentCall,
  AgentSession,
  CallFacts,
  DigitsOutcome,
  MachineResult,
  OnWait,
  TransferFailed,
  TranscriptLine,
} from '../../agents/agent.js';
import type { Announcement } from '../../calls/transfers/transfer-events.js';
import { withFacts, type Facts } from '../../agents/facts.js';
import { hearingAs } from '../../audio/transcoder.js';
import type { Arrival, Handover } from '../../calls/streams/handover.js';
import { areDigits, DIGITS_RULE } from '../../shared/digits.js';
import { AgentWork } from './agent-work.js';
import { leftFor, resumedFor } from './arriving.js';
import { Checkpoints } from './checkpoints.js';
import type { DigitsWay } from './digits-line.js';
import { handoverOf } from './leaving.js';
import type { Playout } from './playout.js';
import { Speech } from './speech.js';
import { TurnNotices } from './turn-notices.js';

const REASONS: ReadonlyArray<TransferFailed['reason']> = [
  'busy',
  'no_answer',
  'failed',
  'unreachable',
  'refused',
];

export interface ConversationParts {
  agent: Agent;
  facts: CallFacts;
  /** Whether the call never left this machine. */
  simulated: boolean;
  options: Readonly<Record<string, unknown>>;
  /** What a caller hears while the agent takes long; absent: nothing. */
  onWait?: OnWait | null;
  playout: Playout;
  /** Facts stored on the call before, as by an earlier stream. */
  stored: Facts;
  /** How the call came to this stream from an earlier one; null on a first stream. */
  arrival: Arrival | null;
  hangUp: () => void;
  /** The agent broke; its `onEnd` will still be called, by {@link Conversation.end}. */
  onFailure: (error: unknown) => void;
  /** All facts, each time that some have changed. */
  onFacts: (facts: Facts) => void;
  /** What the agent tells the timeline; absent: nobody is told. */
  onNote?: AgentCall['note'];
  /** What was said, in words, also while the call is being handed over; absent: nobody writes it down. Never throws. */
  onTranscript?: (line: TranscriptLine) => void;
  /** `onEnd`, or a notice at the end, failed: of no consequence. */
  onEndFailure: (error: unknown) => void;
  /** Stores what another process would go on from, should this one die; null: nobody does. */
  onCheckpoint: ((handover: Handover) => void) | null;
  /** The agent's state cannot be handed over: elsewhere it begins anew. */
  onNoSnapshot: (reason: string) => void;
  /** Whether the caller is in the midst of a turn. */
  turnIsOpen: () => boolean;
  /** How the carrier sends digits, and what became of each request of the agent's. */
  digits: DigitsWay;
  onDigits: (digits: string, outcome: DigitsOutcome) => void;
  /** To whom the call may be transferred, and how; absent: to nobody. */
  transfers?: ConversationTransfers;
  /** Another workflow is to go on with the call; resolves with whether it does, never rejects. Absent: it cannot. */
  onPassOn?: (workflowId: number) => Promise<boolean>;
}

export interface ConversationTransfers {
  targets: readonly string[];
  /** Resolves with whether it has begun: then the stream is about to end. Never rejects. */
  begin: (target: string, announce: Announcement | null) => Promise<boolean>;
}

/**
 * An agent on one stream: its calls one after another, what they throw caught,
 * and its end told once. Notices that come while the agent is at work (a mark
 * settled by its own interruption) wait until it is done.
 */
export class Conversation {
  private session: AgentSession | null = null;
  /**
   * What the caller said and the agent did since {@link handOver}: it has no effect, unless the call
   * stays (see {@link goOn}). Null before.
   */
  private held: Array<() => void> | null = null;
  private frozen: AgentSession | null = null;
  private over = false;
  /** Whether the agent was told of the end, after which it has nothing more to say. */
  private isToldEnd = false;
  private readonly abort = new AbortController();
  private readonly hearing: (mulaw: Buffer) => Buffer;
  private readonly speech: Speech;
  private notices: Array<(session: AgentSession) => unknown> = [];
  private readonly turns = new TurnNotices();
  private facts: Facts;
  private readonly work: AgentWork;
  private readonly checkpoints: Checkpoints | null;
  /** What an earlier stream left for this agent; null: nothing that it can go on from. */
  private readonly left: Handover | null;

  constructor(private readonly parts: ConversationParts) {
    const { agent, playout, arrival, onCheckpoint } = parts;
    this.work = new AgentWork({
      worksInBackground: agent.worksInBackground,
      onFailure: (error) => this.fail(error),
      onHarmlessFailure: parts.onEndFailure,
    });
    this.left = leftFor(agent, arrival);
    this.facts = parts.stored;
    this.hearing = hearingAs(agent.audioFormat);
    this.checkpoints =
      onCheckpoint && agent.resumes
        ? new Checkpoints(() => this.session && onCheckpoint(this.handover()))
        : null;
    this.speech = new Speech({
      playout,
      format: agent.audioFormat,
      rest: this.left,
      onMark: (name, outcome) => this.notify((session) => session.onMark?.(name, outcome)),
      onPlayed: () => this.checkpoints?.heard(performance.now()),
      digits: parts.digits,
    });
  }

  /** @throws whatever the agent does */
  async begin(): Promise<void> {
    const { agent } = this.parts;
    const answering = this.work.begin(() => agent.answer(this.call()));
    // The agent has had its chance to drop it, and may be long.
    this.speech.sayRest();
    const session = await answering;
    if (this.over) {
      this.work.harmless(() => session.onEnd?.());
    } else if (this.held) {
      this.frozen = session;
    } else {
      this.session = session;
      const failed = this.parts.arrival?.failedTransfer;
      if (failed) this.tellTransferFailed(failed);
      this.drain();
    }
  }

  onAudio(mulaw: Buffer, timestampMs: number): void {
    const { session } = this;
    if (!session) {
      this.held?.push(() => this.onAudio(mulaw, timestampMs));
      return;
    }
    this.turns.hand(mulaw.length);
    try {
      const audio = this.hearing(mulaw);
      if (audio.length > 0)
        this.work.watch(this.work.begin(() => session.onAudio(audio, timestampMs)));
    } catch (error) {
      this.fail(error);
    }
  }

  onDtmf(digit: string): void {
    this.unlessFrozen(() => this.attempt((session) => session.onDtmf?.(digit)));
  }

  /** The carrier has found out who answered. */
  onMachine(result: MachineResult): void {
    this.notify((session) => session.onMachine?.(result));
  }

  /** Sends digits after all that the agent has said. Never rejects. */
  sendDigits(digits: string): Promise<DigitsOutcome> {
    return this.speech.sendDigits(digits);
  }

  /** Whether digits are being heard at this moment, which no voice interrupts. */
  get areDigitsHeard(): boolean {
    return this.speech.areDigitsHeard;
  }

  /** How much was heard of what is being said, in milliseconds; null: nothing is. */
  heardMs(): number | null {
    return this.speech.heardMs;
  }

  /**
   * The caller is talking: the agent is silenced, and told. Returns how much was heard of what it was saying, in
   * milliseconds; null: it said nothing.
   */
  bargeIn(): number | null {
    const interruption = this.speech.interrupt();
    if (!interruption) return null;
    this.notify((session) => session.onInterrupted?.(interruption));
    return interruption.heardMs;
  }

  /** Whether the agent, once it has answered, wants to be told of turns. */
  get asksForTurns(): boolean {
    const session = this.session ?? this.frozen;
    return session?.onTurnStarted !== undefined || session?.onTurnEnded !== undefined;
  }

  /** Whether an earlier stream has left a turn that is under way to this agent. */
  get arrivesInTurn(): boolean {
    return this.left?.turnIsOpen ?? false;
  }

  /** The caller has begun to talk, so many milliseconds of audio ago; null: on an earlier stream. */
  turnStarted(agoMs: number | null): void {
    const told = this.turns.started(agoMs);
    this.notify((session) => session.onTurnStarted?.(told()));
  }

  /** The caller has been silent for so many milliseconds of audio. */
  turnEnded(silenceMs: number): void {
    const told = this.turns.ended(silenceMs);
    this.notify((session) => session.onTurnEnded?.(told()));
  }

  /** About twice a second. */
  check(now: number): void {
    this.checkpoints?.look(now);
  }

  /**
   * Freezes the conversation and tells what another process needs to go on with it: the caller hears
   * no more, the agent nothing, and what it does to the call has no effect. Then comes {@link end},
   * or {@link goOn}.
   */
  handOver(): Handover {
    this.parts.playout.pause();
    const handover = this.handover();
    this.held ??= [];
    this.frozen ??= this.session;
    this.session = null;
    return handover;
  }

  /**
   * The call was not handed over: all goes on where it was, with what the caller said and the agent
   * did meanwhile.
   */
  goOn(): void {
    const { held } = this;
    if (!held || this.over) return;
    this.held = null;
    this.session = this.frozen;
    this.frozen = null;
    this.parts.playout.resume();
    for (const work of held) if (!this.isOver()) work();
    this.drain();
  }

  /** Once: silence, the last notices, `onEnd`. */
  end(): void {
    if (this.over) return;
    this.speech.end();
    this.retire(this.held ? 'moved' : undefined);
  }

  /** As {@link end}, but the stream goes on: another conversation has the play-out. */
  giveWay(): void {
    if (this.over) return;
    this.speech.giveWay();
    this.retire(undefined);
  }

  private retire(reason: 'moved' | undefined): void {
    this.over = true;
    this.work.retire();
    this.abort.abort(reason);
    const { notices } = this;
    const session = this.session ?? this.frozen;
    this.session = null;
    this.frozen = null;
    this.notices = [];
    if (session) {
      for (const notice of notices) this.work.harmless(() => notice(session));
      this.work.harmless(() => session.onEnd?.());
    }
    this.isToldEnd = true;
  }

  private call(): AgentCall {
    const { agent, arrival, facts, options, hangUp } = this.parts;
    const { speech } = this;
    return {
      facts,
      simulated: this.parts.simulated,
      options,
      signal: this.abort.signal,
      resumed: resumedFor(agent, arrival, () => speech.dropRest()),
      speak: () => speech.speak(),
      sendAudio: (audio) => {
        if (!this.over) speech.sendAudio(audio);
      },
      get waitingMs() {
        return speech.waitingMs;
      },
      mark: (name) => speech.mark(name),
      interrupt: () => (this.over || this.held ? null : speech.interrupt()),
      sendDigits: (digits) => {
        if (!areDigits(digits)) throw new Error(`digits ${DIGITS_RULE}`);
        return this.agentsDigits(digits);
      },
      hangUp: () => this.unlessFrozen(hangUp),
      onWait: this.parts.onWait ?? null,
      transferTargets: this.parts.transfers?.targets ?? [],
      transfer: (target, { announce = null } = {}) => this.transfer(target, announce),
      passOn: (workflowId) => this.passOn(workflowId),
      fail: (reason) => this.fail(reason),
      setFacts: (changes) => this.setFacts(changes),
      note: (what, detail) => {
        if (!this.over) this.unlessFrozen(() => this.parts.onNote?.(what, detail));
      },
      transcript: (line) => {
        if (!this.isToldEnd) this.parts.onTranscript?.(line);
      },
      checkpoint: () => {
        const { checkpoints } = this;
        checkpoints?.asked(performance.now());
        if (checkpoints) queueMicrotask(() => checkpoints.look(performance.now()));
      },
    };
  }

  private handover(): Handover {
    const { left, speech } = this;
    const { agent, onNoSnapshot } = this.parts;
    const session = this.session ?? this.frozen;
    const turnIsOpen = this.parts.turnIsOpen();
    return handoverOf({ agent, session, left, speech, turnIsOpen, onNoSnapshot });
  }

  private async agentsDigits(digits: string): Promise<DigitsOutcome> {
    if (this.over) return 'failed';
    const outcome = await this.sendDigits(digits);
    this.parts.onDigits(digits, outcome);
    return outcome;
  }

  private setFacts(changes: Readonly<Facts>): void {
    if (this.over) return;
    const facts = withFacts(this.facts, changes);
    this.facts = facts;
    this.unlessFrozen(() => this.parts.onFacts(facts));
  }

  private transfer(target: string, announce: Announcement | null): void {
    const { transfers } = this.parts;
    if (!transfers?.targets.includes(target)) {
      throw new Error(`"${target}" is none of the workflow's transfer_targets`);
    }
    this.unlessFrozen(() => {
      if (this.over) return;
      void transfers.begin(target, announce).then((isBegun) => {
        if (!isBegun) this.tellTransferFailed({ target, reason: 'refused' });
      });
    });
  }

  private passOn(workflowId: number): Promise<boolean> {
    const { onPassOn } = this.parts;
    if (this.over || !onPassOn) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.unlessFrozen(() => resolve(this.over ? false : onPassOn(workflowId)));
    });
  }

  private tellTransferFailed({ target, reason }: { target: string | null; reason: string }): void {
    const told = { target, reason: REASONS.find((one) => one === reason) ?? 'failed' };
    this.notify((session) => session.onTransferFailed?.(told));
  }

  /** While the call is being handed over nothing changes it: the other process may do it anew. */
  private unlessFrozen(work: () => void): void {
    if (this.held) this.held.push(work);
    else work();
  }

  /** A method, because TypeScript does not see that `over` changes across calls. */
  private isOver(): boolean {
    return this.over;
  }

  private notify(notice: (session: AgentSession) => unknown): void {
    if (this.over) return;
    this.notices.push(notice);
    if (this.notices.length === 1) queueMicrotask(() => this.drain());
  }

  private drain(): void {
    if (!this.session) return;
    const { notices } = this;
    this.notices = [];
    for (const notice of notices) this.attempt(notice);
  }

  private attempt(work: (session: AgentSession) => unknown): void {
    if (!this.session) return;
    try {
      const { session } = this;
      this.work.watch(this.work.begin(() => work(session)));
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (!this.over) this.unlessFrozen(() => this.parts.onFailure(error));
  }
}
