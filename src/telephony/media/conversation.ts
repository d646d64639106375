import type { Agent, AgentCall, AgentSession, CallFacts } from '../../agents/agent.js';
import { withFacts, type Facts } from '../../agents/facts.js';
import { snapshotOf } from '../../agents/snapshot.js';
import { hearingAs } from '../../audio/transcoder.js';
import { HANDOVER_VERSION, type Arrival, type Handover } from '../../calls/streams/handover.js';
import { Answerable } from '../../shared/stray-errors.js';
import { leftFor, resumedFor } from './arriving.js';
import { Checkpoints } from './checkpoints.js';
import type { Playout } from './playout.js';
import { Speech } from './speech.js';

/** Methods of an agent that have not come to their end: ten seconds of audio. */
const UNFINISHED_MAX = 500;

export interface ConversationParts {
  agent: Agent;
  facts: CallFacts;
  options: Readonly<Record<string, unknown>>;
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
  /** `onEnd`, or a notice at the end, failed: of no consequence. */
  onEndFailure: (error: unknown) => void;
  /** Stores what another process would go on from, should this one die; null: nobody does. */
  onCheckpoint: ((handover: Handover) => void) | null;
  /** The agent's state cannot be handed over: elsewhere it begins anew. */
  onNoSnapshot: (reason: string) => void;
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
  private readonly abort = new AbortController();
  private readonly hearing: (mulaw: Buffer) => Buffer;
  private readonly speech: Speech;
  private notices: Array<(session: AgentSession) => unknown> = [];
  private facts: Facts;
  /** Methods that were `async` and have not come to their end. */
  private unfinished = 0;
  private readonly answerable = new Answerable((error) => this.fail(error));

  private readonly checkpoints: Checkpoints | null;
  /** What an earlier stream left for this agent; null: nothing that it can go on from. */
  private readonly left: Handover | null;

  constructor(private readonly parts: ConversationParts) {
    const { agent, playout, arrival, onCheckpoint } = parts;
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
    });
  }

  /** @throws whatever the agent does */
  async begin(): Promise<void> {
    const { agent } = this.parts;
    const answering = this.begun(() => agent.answer(this.call()));
    // The agent has had its chance to drop it, and may be long.
    this.speech.sayRest();
    const session = await answering;
    if (this.over) {
      this.tellEnd(session);
    } else if (this.held) {
      this.frozen = session;
    } else {
      this.session = session;
      this.drain();
    }
  }

  onAudio(mulaw: Buffer, timestampMs: number): void {
    const { session } = this;
    if (!session) {
      this.held?.push(() => this.onAudio(mulaw, timestampMs));
      return;
    }
    try {
      const audio = this.hearing(mulaw);
      if (audio.length > 0) this.watch(this.begun(() => session.onAudio(audio, timestampMs)));
    } catch (error) {
      this.fail(error);
    }
  }

  onDtmf(digit: string): void {
    this.unlessFrozen(() => this.attempt((session) => session.onDtmf?.(digit)));
  }

  /** The caller is talking: the agent is silenced, and told. */
  bargeIn(): void {
    const interruption = this.speech.interrupt();
    if (interruption) this.notify((session) => session.onInterrupted?.(interruption));
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
    this.over = true;
    this.answerable.retire();
    this.abort.abort(this.held ? 'moved' : undefined);
    const { notices } = this;
    const session = this.session ?? this.frozen;
    this.session = null;
    this.frozen = null;
    this.notices = [];
    if (!session) return;
    for (const notice of notices) this.harmless(() => notice(session));
    this.tellEnd(session);
  }

  private call(): AgentCall {
    const { agent, arrival, facts, options, hangUp } = this.parts;
    const { speech } = this;
    return {
      facts,
      options,
      signal: this.abort.signal,
      resumed: resumedFor(agent, arrival, () => speech.dropRest()),
      speak: () => speech.speak(),
      sendAudio: (audio) => {
        if (!this.over) speech.sendAudio(audio);
      },
      mark: (name) => speech.mark(name),
      interrupt: () => (this.over || this.held ? null : speech.interrupt()),
      hangUp: () => this.unlessFrozen(hangUp),
      fail: (reason) => this.fail(reason),
      setFacts: (changes) => this.setFacts(changes),
      checkpoint: () => {
        const { checkpoints } = this;
        checkpoints?.asked(performance.now());
        if (checkpoints) queueMicrotask(() => checkpoints.look(performance.now()));
      },
    };
  }

  private handover(): Handover {
    const { agent } = this.parts;
    const nothing = { state: null, tail: null, heardMs: 0, tailMs: 0 };
    const about = { agent: agent.name, version: HANDOVER_VERSION, ...this.speech.unheard() };
    if (!agent.resumes) return { ...about, ...nothing };
    const session = this.session ?? this.frozen;
    if (session) return { ...about, state: this.stateOf(session) };
    // It has not answered: what it was left is still to be gone on from, with what it would have said itself.
    if (this.left && this.speech.restDropped) return this.left;
    return { ...about, state: this.left?.state ?? null };
  }

  /** Null where the agent would begin anew. */
  private stateOf(session: AgentSession): unknown {
    const snapshot = snapshotOf(session);
    if (snapshot.kind === 'taken') return snapshot.state;
    this.parts.onNoSnapshot(snapshot.reason);
    return null;
  }

  private setFacts(changes: Readonly<Facts>): void {
    if (this.over) return;
    const facts = withFacts(this.facts, changes);
    this.facts = facts;
    this.unlessFrozen(() => this.parts.onFacts(facts));
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
      this.watch(this.begun(() => work(session)));
    } catch (error) {
      this.fail(error);
    }
  }

  /** An agent's method may be `async` all the same: its rejection must not end the process. */
  private watch(result: unknown): void {
    if (!isPromise(result)) return;
    this.unfinished += 1;
    if (this.unfinished > UNFINISHED_MAX) this.fail(new Error('it stalls: it finishes nothing'));
    result.then(
      () => (this.unfinished -= 1),
      (error: unknown) => this.fail(error),
    );
  }

  /** What the agent begins in `work` is this call's to answer for. */
  private begun<T>(work: () => T): T {
    return this.parts.agent.worksInBackground ? this.answerable.run(work) : work();
  }

  private fail(error: unknown): void {
    if (!this.over) this.unlessFrozen(() => this.parts.onFailure(error));
  }

  private tellEnd(session: AgentSession): void {
    this.harmless(() => session.onEnd?.());
  }

  private harmless(work: () => unknown): void {
    try {
      const result = work();
      if (isPromise(result)) result.then(undefined, this.parts.onEndFailure);
    } catch (error) {
      this.parts.onEndFailure(error);
    }
  }
}

/** By shape: what an agent returns may come from anywhere. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
