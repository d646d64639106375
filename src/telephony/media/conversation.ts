import type { Agent, AgentCall, AgentSession, CallFacts } from '../../agents/agent.js';
import { withFacts, type Facts } from '../../agents/facts.js';
import { hearingAs } from '../../audio/transcoder.js';
import { Answerable } from '../../shared/stray-errors.js';
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
  hangUp: () => void;
  /** The agent broke; its `onEnd` will still be called, by {@link Conversation.end}. */
  onFailure: (error: unknown) => void;
  /** All facts, each time that some have changed. */
  onFacts: (facts: Facts) => void;
  /** `onEnd`, or a notice at the end, failed: of no consequence. */
  onEndFailure: (error: unknown) => void;
}

/**
 * An agent on one stream: its calls one after another, what they throw caught,
 * and its end told once. Notices that come while the agent is at work (a mark
 * settled by its own interruption) wait until it is done.
 */
export class Conversation {
  private session: AgentSession | null = null;
  private over = false;
  private readonly abort = new AbortController();
  private readonly hearing: (mulaw: Buffer) => Buffer;
  private readonly speech: Speech;
  private notices: Array<(session: AgentSession) => unknown> = [];
  private facts: Facts;
  /** Methods that were `async` and have not come to their end. */
  private unfinished = 0;
  private readonly answerable = new Answerable((error) => this.fail(error));

  constructor(private readonly parts: ConversationParts) {
    const { agent, playout } = parts;
    this.facts = parts.stored;
    this.hearing = hearingAs(agent.audioFormat);
    this.speech = new Speech(playout, agent.audioFormat, (name, outcome) =>
      this.notify((session) => session.onMark?.(name, outcome)),
    );
  }

  /** @throws whatever the agent does */
  async begin(): Promise<void> {
    const { agent } = this.parts;
    const session = await this.begun(() => agent.answer(this.call()));
    if (this.over) {
      this.tellEnd(session);
      return;
    }
    this.session = session;
    this.drain();
  }

  onAudio(mulaw: Buffer, timestampMs: number): void {
    const { session } = this;
    if (!session) return;
    try {
      const audio = this.hearing(mulaw);
      if (audio.length > 0) this.watch(this.begun(() => session.onAudio(audio, timestampMs)));
    } catch (error) {
      this.fail(error);
    }
  }

  onDtmf(digit: string): void {
    this.attempt((session) => session.onDtmf?.(digit));
  }

  /** The caller is talking: the agent is silenced, and told. */
  bargeIn(): void {
    const interruption = this.speech.interrupt();
    if (interruption) this.notify((session) => session.onInterrupted?.(interruption));
  }

  /** Once: silence, the last notices, `onEnd`. */
  end(): void {
    if (this.over) return;
    this.speech.end();
    this.over = true;
    this.answerable.retire();
    this.abort.abort();
    const { session, notices } = this;
    this.session = null;
    this.notices = [];
    if (!session) return;
    for (const notice of notices) this.harmless(() => notice(session));
    this.tellEnd(session);
  }

  private call(): AgentCall {
    const { facts, options, hangUp } = this.parts;
    const { speech } = this;
    return {
      facts,
      options,
      signal: this.abort.signal,
      speak: () => speech.speak(),
      sendAudio: (audio) => {
        if (!this.over) speech.sendAudio(audio);
      },
      mark: (name) => speech.mark(name),
      interrupt: () => (this.over ? null : speech.interrupt()),
      hangUp,
      fail: (reason) => this.fail(reason),
      setFacts: (changes) => this.setFacts(changes),
    };
  }

  private setFacts(changes: Readonly<Facts>): void {
    if (this.over) return;
    this.facts = withFacts(this.facts, changes);
    this.parts.onFacts(this.facts);
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
    if (!this.over) this.parts.onFailure(error);
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
