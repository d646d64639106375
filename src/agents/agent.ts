import type { AudioFormat } from '../audio/audio-format.js';

export type { AudioFormat };

/** What an agent is told of the call it answers. Numbers are personal data: never log them. */
export interface CallFacts {
  /** The carrier, e.g. `twilio`, and its ids of the call, the account and this stream. */
  provider: string;
  callId: string;
  accountId: string;
  streamId: string;
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

/**
 * One thing the agent says: a reply, a prompt. Utterances are heard one after
 * another, in the order they were begun.
 */
export interface Utterance {
  /** 1 for the first of the call. */
  readonly id: number;
  /**
   * Appends audio in the agent's format; chunks of any size, as fast as they
   * come. The buffer is the call's from then on: do not change it. On an
   * utterance that was interrupted it does nothing: audio that comes late belongs
   * to a reply nobody waits for. At most ten minutes may wait to be heard, and
   * 32,768 marks; an agent that writes more has failed.
   * @throws Error after {@link end}
   */
  write(audio: Buffer): void;
  /** It is complete. */
  end(): void;
  /** How much of it the caller has heard by now, in milliseconds; for good once it was interrupted. */
  readonly heardMs: number;
  /** Written and not heard yet, in milliseconds: wait when this grows too large. */
  readonly waitingMs: number;
  /** True once it was interrupted, by whomever. */
  readonly interrupted: boolean;
  /** Resolves once: heard to its end, or cut off (also by the end of the stream). Never rejects. */
  readonly finished: Promise<'played' | 'interrupted'>;
}

/** What the caller was hearing when he was given silence. */
export interface Interruption {
  utterance: Utterance;
  /** How much of it was heard, in milliseconds. */
  heardMs: number;
}

/** The caller has begun to talk. */
export interface TurnStart {
  /**
   * How much of the audio that was handed over up to now belongs to the turn, in milliseconds, at most
   * 1,000: who writes turns down keeps the last second. It begins a little before the first sound. 0: the
   * turn began on an earlier stream of the call, and this session has heard nothing of it yet.
   */
  readonly audioMs: number;
}

/** The caller has finished, as far as silence tells. */
export interface TurnEnd {
  /** How much of the audio that was handed over up to now belongs to the turn, in milliseconds, however long. */
  readonly audioMs: number;
  /** How much of that, at its end, was silence: about the workflow's `turn_silence_ms`. */
  readonly silenceMs: number;
}

/** How a call comes to this stream from an earlier one, perhaps of another process. */
export interface Resumed {
  /**
   * What {@link AgentSession.snapshot} returned there, after JSON; perhaps that of the release
   * before or after. Null: begin anew, as after a crash without a checkpoint.
   */
  readonly state: unknown;
  /** Whether it was moved on purpose, or the stream was lost: then the state is the last that was stored. */
  readonly reason: 'moved' | 'lost';
  /** How long nobody listened to the caller, in milliseconds. */
  readonly gapMs: number;
  /**
   * What the agent had said was not heard to its end. The rest is spoken again before anything
   * new, as an utterance that the agent did not begin. Null: all of it was heard.
   */
  readonly interrupted: {
    /** How much of the utterance was heard, in milliseconds. The rest begins up to 200 ms earlier. */
    readonly heardMs: number;
    /**
     * How much of the rest was not heard, in milliseconds, at most 10,000: an agent that has said
     * more goes on at `heardMs + tailMs`.
     */
    readonly tailMs: number;
    /** The rest is not spoken, or no further; once the agent has said something itself, it does nothing. */
    dropTail(): void;
  } | null;
}

/**
 * What became of digits: heard by the other side to the last; cut off, by an interruption or by the
 * end of the stream, so that some or none were heard; or not sent, because the carrier cannot or
 * did not want to.
 */
export type DigitsOutcome = 'sent' | 'interrupted' | 'failed';

/** What the carrier's machine detection found. */
export interface MachineResult {
  readonly kind: 'human' | 'machine' | 'fax' | 'unknown';
  /** The carrier's own word, e.g. `machine_end_beep`. */
  readonly answeredBy: string;
  /** Of a machine: its greeting is over, and a message may begin. */
  readonly greetingIsOver: boolean;
}

export interface TransferOptions {
  /**
   * What the person hears before they hear the caller: a text of at most 500 characters, or, where the
   * carrier can say no text (Asterisk), a sound: one that an agent could play, such as `a-caller.wav`, else one
   * that the carrier has. Absent, or not to be had from this carrier: nothing.
   */
  announce?: string | { readonly sound: string };
}

/** Why a caller who was to be transferred is still, or again, with the agent. */
export interface TransferFailed {
  /** Null: the number was given by the API. */
  target: string | null;
  /**
   * `busy`, `no_answer`, `failed`: what became of the person's phone; `unreachable`: the carrier could
   * not be told; `refused`: it was not tried, since the carrier cannot, the number may not be called,
   * or the call is being transferred or hung up already.
   */
  reason: 'busy' | 'no_answer' | 'failed' | 'unreachable' | 'refused';
}

/** What a caller hears while an agent takes long: a sentence that the agent says, or a sound by its name. */
export type OnWait = { readonly text: string } | { readonly sound: string };

/** Something that was said on a call, in words. */
export interface TranscriptLine {
  readonly speaker: 'caller' | 'agent';
  /** Of the agent: as much of it as was heard. White space at its ends goes; beyond 4,000 characters it is cut. */
  readonly text: string;
  /**
   * False: so much of it is known so far. It stands until the next line of the same speaker, which takes
   * its place; where none comes before the stream ends, it is kept as it is.
   */
  readonly final: boolean;
  /** How long ago its first sound was heard, in milliseconds, up to ten minutes. Default: 0, just now. */
  readonly agoMs?: number;
}

/** One call, from the agent's side: what it knows and what it can do. */
export interface AgentCall {
  readonly facts: CallFacts;
  /**
   * Whether the call is one of the simulated carrier's and never left this machine: a trial, as from the console's
   * phone, the demo or a test. For what a trial must not do, such as booking or paying.
   */
  readonly simulated: boolean;
  /** The workflow's options, checked against the agent's schema. */
  readonly options: Readonly<Record<string, unknown>>;
  /**
   * Aborts when the stream is over; hand it to whatever the agent starts. Its `reason` is `moved`
   * when the call goes on in another process, which has the agent's snapshot.
   */
  readonly signal: AbortSignal;
  /** Null on a call's first stream, and for agents that do not resume. */
  readonly resumed: Resumed | null;
  /** Begins an utterance; the one before it, if still open, is thereby complete. */
  speak(): Utterance;
  /**
   * Plays audio to the caller, for agents whose audio has no beginning and no
   * end: in the agent's format, any length, in order. Belongs to the open
   * utterance, or begins one. After the end of the stream it does nothing.
   */
  sendAudio(audio: Buffer): void;
  /** What was said and the caller has not heard yet, in milliseconds. */
  readonly waitingMs: number;
  /** `onMark` tells once when everything written before has been heard, or was cut off. */
  mark(name: string): void;
  /**
   * Silence, at once: whatever the caller has not heard is dropped, here and at
   * the carrier, and every open utterance is interrupted.
   * @returns what was being heard; null when nothing was
   */
  interrupt(): Interruption | null;
  /**
   * Presses keys, as for a menu at the other end: `0-9 A-D * #`, and `w` for half a second of
   * nothing; at most 32. They follow what was said before, and what is said after follows them; an
   * open utterance is thereby complete. The voice at the other end does not interrupt them,
   * `interrupt` does. Never rejects. What was not sent when the call is moved is not sent any more.
   * @throws Error when they are none
   */
  sendDigits(digits: string): Promise<DigitsOutcome>;
  /** Ends the call. What is not heard yet is cut off: await `finished` before. */
  hangUp(): void;
  /** The workflow's `on_wait`, for agents that take long over an answer; null: the caller waits in silence. */
  readonly onWait: OnWait | null;
  /** The names of the people to whom the call may be transferred: the workflow's `transfer_targets`. */
  readonly transferTargets: readonly string[];
  /**
   * Has a person called in the agent's place. Returns at once; the stream ends when the carrier is told,
   * and what is not heard yet is cut off: await `finished` before. The caller then hears that person's
   * phone ring. If the person is not reached, the call comes back as a new stream, and
   * {@link AgentSession.onTransferFailed} says why; also where it could not be tried, on this stream.
   *
   * @param target one of {@link transferTargets}
   * @throws Error for another name
   */
  transfer(target: string, options?: TransferOptions): void;
  /**
   * Has another workflow of the same user go on with the call, on this stream: that workflow's agent
   * answers, and this session ends. What is not heard yet is cut off: await `finished` before. Not to
   * be awaited in `answer`. The call keeps its recording, facts and context; a circle ends after 50 times.
   *
   * @returns false where the call stays: the user has no such workflow, its agent cannot answer, the
   *   call is over or is being transferred, or it was passed on too often. Never rejects.
   */
  passOn(workflowId: number): Promise<boolean>;
  /** Gives up: the call ends as `agent_failed`, as after a throw. For what goes wrong between its calls. */
  fail(reason: Error): void;
  /**
   * Stores facts on the call, shown as `facts` by the API: each name once, the
   * last value stays. JSON, at most 16 KiB together.
   * @throws Error when it is more, or is not JSON
   */
  setFacts(facts: Readonly<Record<string, unknown>>): void;
  /**
   * Tells the call's timeline what a person who looks into the call should know, as an event of type
   * `agent`: `what` in a few letters (`session_renewed`), and harmless facts about it. Never numbers,
   * digits or what was said. At most 50 on a stream; further ones, and those after its end, are dropped.
   */
  note(what: string, detail?: Readonly<Record<string, string | number>>): void;
  /**
   * Adds what was said, by either side, to the call's transcript, which its user reads by the API and in the
   * console, and may search; with the agent's first line a call has one. Personal data, erased with the
   * call. Never throws: a line without text is none, and beyond 5,000 lines of a stream, or 100 at
   * once and 20 a second, they are dropped. Lines of a call that is being moved count; after
   * `onEnd` has returned it does nothing.
   */
  transcript(line: TranscriptLine): void;
  /**
   * Has the snapshot stored as soon as the agent's method has returned, for the case that this
   * process dies; at most once a second, later ones are put off. The platform does so by itself
   * after each utterance that was heard, at most every 5 seconds. Does nothing for agents that do
   * not resume.
   */
  checkpoint(): void;
}

/**
 * One conversation. Its methods are called one after another, never in
 * parallel, and never after `onEnd`. One that throws ends this call, and this
 * call only, as `agent_failed`. An `async` one is not waited for; one that
 * rejects, or 500 that have not come to their end, are a failure too.
 */
export interface AgentSession {
  /**
   * Fifty times a second, in the agent's format, usually 20 ms. Gaps of the
   * carrier's are filled with silence. `timestampMs` counts from the stream's
   * start and jitters.
   */
  onAudio(audio: Buffer, timestampMs: number): void;
  /** The caller pressed a key: `0`–`9`, `A`–`D`, `*`, `#`. */
  onDtmf?(digit: string): void;
  /** Once for each `mark`. */
  onMark?(name: string, outcome: 'played' | 'cleared'): void;
  /**
   * The carrier has found out who answered, for calls placed with `machine_detection`: within
   * seconds, once, perhaps again with more (first `machine_start`, then `machine_end_beep`), and
   * once more at the beginning of each further stream of the call.
   */
  onMachine?(result: MachineResult): void;
  /** The caller spoke over the agent and was given silence (workflows with `barge_in`). */
  onInterrupted?(interruption: Interruption): void;
  /**
   * The caller has begun to talk: a voice, within 100 to 500 ms of its first sound. A session that has
   * this or {@link onTurnEnded} asks for turns; for others nobody looks for them. Over what the
   * agent says a turn begins when the caller surely talks, right after {@link onInterrupted}. Not called
   * again before the turn has ended. `onAudio` has had the audio up to here.
   */
  onTurnStarted?(turn: TurnStart): void;
  /**
   * The caller was silent for the workflow's `turn_silence_ms` (default: 600): once for each turn that
   * began. Silence is what is no louder than the line, or than a crowd behind the caller; who goes on later
   * begins another turn. Where no audio comes at all, it is told after a second.
   *
   * A turn that is under way when the call is moved has no end here. On the next stream its
   * {@link onTurnStarted} is told first, right after `answer`, so that each session has both of every
   * turn, and a snapshot need not keep it.
   */
  onTurnEnded?(turn: TurnEnd): void;
  /**
   * A transfer came to nothing, whoever had asked for it. Called once, right after `answer` where the
   * caller comes back on this stream; `resumed` then has what the agent knew.
   */
  onTransferFailed?(failed: TransferFailed): void;
  /**
   * What another process needs to go on with the call, of agents that {@link Agent.resumes}: JSON,
   * at most 32 KiB, at once. Called when the call is moved, and at checkpoints. What was said is in
   * the caller's ear or handed over beside it, so that the state should be as if all was heard.
   * Null: begin anew; so do a throw and what is no JSON, which fail nothing.
   */
  snapshot?(): unknown;
  /** Once, when the stream is over, whoever ended it; by the agent's own `hangUp` before that returns. */
  onEnd?(): void;
}

/** The service's log, for agents of `AGENTS_DIR`: JSON lines, of an event's name (`greeter.said`) and fields. */
export interface AgentLog {
  debug(event: string, fields?: Record<string, unknown>): void;
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}

/** What the constructor of an agent of `AGENTS_DIR` is given, once, at the start. A throw there stops the start. */
export interface AgentSetup {
  /** What is about a call should have its `workflow_run_id`. Phone numbers and long digits are masked. */
  readonly log: AgentLog;
  /**
   * Settings of the agent's own: the environment over the file `.env`, without the variables that are
   * Patchbay's. For what differs between workflows, secrets too, take options.
   */
  readonly env: Readonly<Record<string, string>>;
}

/** A workflow to which options lead. */
export interface WorkflowMention {
  /** The option's path, such as `steps.sales.workflow`. */
  readonly option: string;
  readonly workflowId: number;
}

/** Something that whoever runs the service sets up, so that an agent can answer, or can answer more. */
export interface AgentNeed {
  /** The environment variable that holds it, such as `OPENAI_API_KEY`. */
  readonly setting: string;
  /** Whether no call at all can be answered without it; false: some can. */
  readonly required: boolean;
  /** Whether it is there. Neither its value nor a part of it is told. */
  readonly met: boolean;
  /** What it is for, in one sentence. */
  readonly purpose: string;
  /** What to do, in order, each in a sentence or two; names between backticks are shown as code. */
  readonly steps: readonly string[];
}

/** A server that an agent needs for its calls, as the doctor asks it. */
export interface AgentServer {
  /** For people, such as `the bot at bots.example.com`; without a key, a token or a path. */
  readonly name: string;
  /** Servers of an agent that have the same are asked once. It is never shown. */
  readonly id: string;
  /**
   * Asks whether the server would take a call, and begins none. Called when somebody runs the whole
   * doctor, never for a call; given up after some seconds, when `signal` aborts.
   *
   * @returns null: it would; else why not, as a clause without secrets, and what to do, as a sentence
   * @throws what goes wrong otherwise, which counts as a problem
   */
  ask(signal: AbortSignal): Promise<{ problem: string; fix: string } | null>;
}

/**
 * A voice agent: what listens and speaks on a call. This is the port that
 * teams implement: one class, in `AGENTS_DIR` or with a line in `agents.module.ts`.
 *
 * One instance serves all calls; what belongs to one call lives in the session
 * that `answer` returns.
 */
export abstract class Agent {
  /** The name workflows use, e.g. `echo`. */
  abstract readonly name: string;
  /** One sentence for people who choose an agent. */
  abstract readonly description: string;
  /**
   * JSON schema of the workflow's `agent_options`; options that do not match are
   * refused when the workflow is saved. A property with `writeOnly: true` is a
   * secret: stored, handed to the agent, never shown.
   */
  abstract readonly optionsSchema: Readonly<Record<string, unknown>>;
  /** What its sessions hear and what they write. */
  readonly audioFormat: AudioFormat = 'mulaw_8000';
  /**
   * Whether what it begins goes on between the calls of its methods: timers,
   * requests, sockets. What fails there and is caught by nobody then ends the
   * call it was begun for. False saves some CPU of every frame.
   */
  readonly worksInBackground: boolean = true;
  /**
   * Whether its sessions have a `snapshot` and it goes on from one. False: when a call comes to
   * another process, `answer` is asked as for a new stream.
   */
  readonly resumes: boolean = false;
  /**
   * What it can do with {@link AgentCall.onWait}. Of an agent that plays a `sound` and cannot say a sentence, a
   * workflow whose `on_wait` is a text is refused. `any`: it is never refused.
   */
  readonly waits: 'sound' | 'any' = 'any';
  /**
   * What must, or may, be set up outside of workflows; asked whenever agents are listed, so at once.
   * Shown beside the agent where people choose one. After a throw nothing is shown. Default: nothing.
   */
  needs(): readonly AgentNeed[] {
    return [];
  }
  /**
   * What is wrong with options that fit the schema, in words; asked when a
   * workflow is saved and again when it is used. Default: nothing.
   *
   * @param _userId whose workflow it is
   */
  problemsWith(
    _options: Readonly<Record<string, unknown>>,
    _userId: number,
  ): string[] | Promise<string[]> {
    return [];
  }
  /**
   * The names of transfer targets that options name, each by the option's path (`steps.a.transfer.target`);
   * asked when a workflow is saved, of options in which nothing is wrong. One that the workflow does not
   * have is refused then. Default: none.
   */
  targetsIn(_options: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
    return {};
  }
  /**
   * The workflows to which a call may be passed on with these options; asked when a workflow is saved.
   * One that is not the user's is refused. Default: none.
   */
  workflowsIn(_options: Readonly<Record<string, unknown>>): readonly WorkflowMention[] {
    return [];
  }
  /** The servers that a call with these options needs, in which nothing is wrong. Asks nobody. Default: none. */
  serversOf(_options: Readonly<Record<string, unknown>>): readonly AgentServer[] {
    return [];
  }
  /**
   * Called once for each media stream, when its `start` has been accepted; with `call.resumed` when
   * it goes on from an earlier one. Audio
   * that arrives meanwhile is kept. A throw or rejection ends the call as
   * `agent_failed`, as does no answer within ten seconds.
   */
  abstract answer(call: AgentCall): AgentSession | Promise<AgentSession>;
}
