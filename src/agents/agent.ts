/** What an agent is told of the call it answers. Numbers are personal data: never log them. */
export interface CallFacts {
  workflowRunId: number;
  workflowId: number;
  userId: number;
  direction: 'inbound' | 'outbound';
  from: string;
  to: string;
  /** The object that was attached when the call was placed; empty for inbound calls. */
  context: Readonly<Record<string, unknown>>;
  /** Parameters of the stream, other than ours. */
  parameters: Readonly<Record<string, string>>;
}

/** One call, from the agent's side: what it knows and what it can do. */
export interface AgentCall {
  readonly facts: CallFacts;
  /** The workflow's options, checked against the agent's schema. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Aborts when the stream is over; hand it to whatever the agent starts. */
  readonly signal: AbortSignal;
  /**
   * Plays audio to the caller: μ-law, 8 kHz, any length; in order, at once.
   * After the end of the stream it does nothing.
   */
  sendAudio(audio: Buffer): void;
  /** Ends the call. */
  hangUp(): void;
}

/**
 * One conversation. Its methods are called one after another, never in
 * parallel, and never after `onEnd`. One that throws ends this call, and this
 * call only, as `agent_failed`.
 */
export interface AgentSession {
  /** Fifty times a second: μ-law, 8 kHz, usually 160 bytes (20 ms). `timestampMs` counts from the stream's start and jitters. */
  onAudio(audio: Buffer, timestampMs: number): void;
  /** The caller pressed a key: `0`–`9`, `*`, `#`. */
  onDtmf?(digit: string): void;
  /** Once, when the stream is over, whoever ended it. */
  onEnd?(): void;
}

/**
 * A voice agent: what listens and speaks on a call. This is the port that
 * teams implement: one class, one line in `agents.module.ts`.
 *
 * One instance serves all calls; what belongs to one call lives in the session
 * that `answer` returns.
 */
export abstract class Agent {
  /** The name workflows use, e.g. `echo`. */
  abstract readonly name: string;
  /** One sentence for people who choose an agent. */
  abstract readonly description: string;
  /** JSON schema of the workflow's `agent_options`; options that do not match are refused when the workflow is saved. */
  abstract readonly optionsSchema: Readonly<Record<string, unknown>>;
  /**
   * Called once for each media stream, when its `start` has been accepted. Audio
   * that arrives meanwhile is kept. A throw or rejection ends the call as
   * `agent_failed`.
   */
  abstract answer(call: AgentCall): AgentSession | Promise<AgentSession>;
}
