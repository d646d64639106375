import { hearingAs } from '../../audio/transcoder.js';
import type { OnMachine } from '../../calls/ledger/on-machine.js';
import { Agent, type AgentCall, type AgentSession, type MachineResult } from '../agent.js';
import { goesOnAt } from '../own-audio.js';
import { ReleasedCall } from './released-call.js';

/** What was done about a machine, for the timeline. */
export type MachineStep =
  | 'hung_up'
  | 'message_begun'
  | 'message_left'
  /** The sound cannot be played, or the carrier cannot say the sentence: the call was hung up. */
  | 'message_impossible';

/** What leaving a message needs of the call's stream. */
export interface VoicemailParts {
  /** A sound as μ-law. @throws Error when it cannot be played */
  sound: (name: string) => Promise<Buffer>;
  /** Has the carrier say a sentence and hang up. False: it cannot, or would not. */
  say: (sentence: string) => Promise<boolean>;
  /** The agent has the call no more: from now on no voice interrupts. */
  onTaken: () => void;
  /** Resolves when a machine's greeting seems to be over. */
  silence: () => Promise<void>;
  onStep: (step: MachineStep) => void;
}

/** The state of a call on which a message is being left, for another process to go on from. */
interface LeavingState {
  voicemail: { from: number };
}

/**
 * An agent until the carrier finds that a machine has answered; then what the workflow has for
 * machines: the agent is released from the call, and a message is left or not.
 */
export class VoicemailAgent extends Agent {
  readonly name: string;
  readonly description: string;
  readonly optionsSchema: Agent['optionsSchema'];
  override readonly audioFormat: Agent['audioFormat'];
  override readonly worksInBackground: boolean;
  override readonly resumes: boolean;

  constructor(
    private readonly agent: Agent,
    private readonly onMachine: Exclude<OnMachine, 'ignore'>,
    private readonly parts: VoicemailParts,
  ) {
    super();
    this.name = agent.name;
    this.description = agent.description;
    this.optionsSchema = agent.optionsSchema;
    this.audioFormat = agent.audioFormat;
    this.worksInBackground = agent.worksInBackground;
    this.resumes = agent.resumes;
  }

  async answer(call: AgentCall): Promise<AgentSession> {
    const voicemail = new Voicemail(call, this.audioFormat, this.onMachine, this.parts);
    const state = call.resumed?.state as Partial<LeavingState> | null | undefined;
    if (call.resumed && state?.voicemail) {
      call.resumed.interrupted?.dropTail();
      const { from } = state.voicemail;
      return new AttendedSession(null, voicemail, (length) =>
        call.resumed ? goesOnAt(call.resumed, from, length) : 0,
      );
    }
    const released = new ReleasedCall(call);
    const session = await this.agent.answer(released);
    return new AttendedSession({ session, release: () => released.release() }, voicemail, () => 0);
  }
}

/** Leaves the message. */
class Voicemail {
  /** Where in the message, in bytes of μ-law, the utterance began that is being heard. */
  from = 0;

  constructor(
    private readonly call: AgentCall,
    private readonly format: Agent['audioFormat'],
    private readonly onMachine: Exclude<OnMachine, 'ignore'>,
    private readonly parts: VoicemailParts,
  ) {}

  /** @param fromOf where to begin in a sound of so many bytes */
  async leave(greeting: () => Promise<void>, fromOf: (length: number) => number): Promise<void> {
    const { call, onMachine, parts } = this;
    if (onMachine === 'hang_up') return this.hangUp('hung_up');
    await greeting();
    if (call.signal.aborted) return;
    parts.onStep('message_begun');
    const { leave_message: message } = onMachine;
    const isLeft =
      typeof message === 'string'
        ? await parts.say(message)
        : await this.play(message.sound, fromOf);
    if (call.signal.aborted) return;
    if (!isLeft) this.hangUp('message_impossible');
    else if (typeof message !== 'string') this.hangUp('message_left');
  }

  /** A fax, or whoever takes no message. */
  hangUp(step: MachineStep): void {
    this.parts.onStep(step);
    this.call.hangUp();
  }

  taken(): void {
    this.parts.onTaken();
    this.call.interrupt();
  }

  silence(): Promise<void> {
    return this.parts.silence();
  }

  private async play(name: string, fromOf: (length: number) => number): Promise<boolean> {
    const mulaw = await this.parts.sound(name).catch(() => null);
    if (mulaw === null) return false;
    this.from = fromOf(mulaw.length);
    const utterance = this.call.speak();
    utterance.write(hearingAs(this.format)(mulaw.subarray(this.from)));
    utterance.end();
    await utterance.finished;
    return true;
  }
}

/** Whether a session has one of these says whether it asks for turns. */
type Turns = 'onTurnStarted' | 'onTurnEnded';

/** The agent's session, and the voicemail after it. All members are here, so that none of the agent's is forgotten. */
class AttendedSession implements Required<Omit<AgentSession, Turns>>, Pick<AgentSession, Turns> {
  /** Resolves the wait for the end of the greeting. */
  private greetingIsOver: () => void = () => undefined;

  /** @param agent null: a message is being left already */
  constructor(
    private agent: { session: AgentSession; release: () => void } | null,
    private readonly voicemail: Voicemail,
    fromOf: (length: number) => number,
  ) {
    if (agent === null) void this.voicemail.leave(() => Promise.resolve(), fromOf);
  }

  onAudio(audio: Buffer, timestampMs: number): unknown {
    return this.agent?.session.onAudio(audio, timestampMs);
  }

  onDtmf(digit: string): unknown {
    return this.agent?.session.onDtmf?.(digit);
  }

  onMark(name: string, outcome: 'played' | 'cleared'): unknown {
    return this.agent?.session.onMark?.(name, outcome);
  }

  onInterrupted(interruption: Parameters<NonNullable<AgentSession['onInterrupted']>>[0]): unknown {
    return this.agent?.session.onInterrupted?.(interruption);
  }

  get onTurnStarted(): AgentSession['onTurnStarted'] {
    const session = this.agent?.session;
    return session?.onTurnStarted && ((turn) => session.onTurnStarted?.(turn));
  }

  get onTurnEnded(): AgentSession['onTurnEnded'] {
    const session = this.agent?.session;
    return session?.onTurnEnded && ((turn) => session.onTurnEnded?.(turn));
  }

  onTransferFailed(failed: Parameters<NonNullable<AgentSession['onTransferFailed']>>[0]): unknown {
    return this.agent?.session.onTransferFailed?.(failed);
  }

  onMachine(result: MachineResult): unknown {
    const { agent, voicemail } = this;
    if (result.greetingIsOver) this.greetingIsOver();
    if (!agent) return undefined;
    const told = agent.session.onMachine?.(result);
    if (result.kind !== 'machine' && result.kind !== 'fax') return told;
    agent.release();
    this.agent = null;
    voicemail.taken();
    agent.session.onEnd?.();
    if (result.kind === 'fax') voicemail.hangUp('hung_up');
    else
      void voicemail.leave(
        () => this.greeting(result),
        () => 0,
      );
    return told;
  }

  snapshot(): unknown {
    if (this.agent) return this.agent.session.snapshot?.() ?? null;
    return { voicemail: { from: this.voicemail.from } } satisfies LeavingState;
  }

  onEnd(): void {
    this.agent?.session.onEnd?.();
  }

  private greeting({ greetingIsOver }: MachineResult): Promise<void> {
    if (greetingIsOver) return Promise.resolve();
    const told = new Promise<void>((resolve) => {
      this.greetingIsOver = resolve;
    });
    return Promise.race([told, this.voicemail.silence()]);
  }
}
