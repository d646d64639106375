import type { WebSocket } from 'ws';
import type { AgentCall, AgentSession } from '../../agents/agent.js';
import type { AgentRegistry } from '../../agents/agent-registry.js';
import type { CallRun } from '../../calls/call-run.js';
import type { LiveSession, LiveSessions, SessionEnd } from '../../calls/live-sessions.js';
import type { Refusals } from '../../calls/refusals.js';
import type { StreamMessage } from '../../providers/stream-protocol.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import type { Log } from '../../shared/logger.js';
import { CloseCode } from './close-codes.js';
import { MEDIA_LIMITS } from './limits.js';
import type { Start, StreamLedger } from './stream-ledger.js';
import type { Admission } from './upgrade-gate.js';

/** What a session needs of the rest of the house. */
export interface SessionServices {
  ledger: StreamLedger;
  agents: AgentRegistry;
  sessions: LiveSessions;
  refusals: Refusals;
  log: Log;
}

/** How often a stream's end is offered to a store that is away, and the pause between. */
const END_ATTEMPTS = 5;
const END_PAUSE_MS = 1_000;

/** Read and heard after `start`, in order. */
type Frame = Exclude<StreamMessage, { kind: 'start' | 'connected' }>;

const CLOSE_CODES: Record<SessionEnd, CloseCode | null> = {
  stop: CloseCode.Ended,
  lost: CloseCode.Silent,
  'going-away': CloseCode.Moved,
  'taken-over': CloseCode.AnotherStream,
  // Hung up by REST; the carrier closes.
  'agent-ended': null,
  'agent-failed': CloseCode.AgentFailed,
  protocol: CloseCode.ProtocolError,
  'call-ended': CloseCode.Ended,
};

/**
 * One media stream: a socket that was let in, its `start`, its agent, its end.
 *
 * It has no timer of its own: the gateway calls {@link check} for all sessions
 * now and then. Whatever ends it first, it ends once.
 */
export class MediaSession implements LiveSession {
  readonly runId: number;
  streamId = '';
  lastAudioAt = 0;
  private state: 'waiting' | 'starting' | 'live' | 'ended' = 'waiting';
  private readonly openedAt = performance.now();
  private lastFrameAt = this.openedAt;
  private lastPingAt = this.openedAt;
  private closeBy: number | null = null;
  private kept: Frame[] = [];
  private run: CallRun | null = null;
  private agent: AgentSession | null = null;
  /** What ended it, first of all; the ledger may have to be told later. */
  private ended: { cause: SessionEnd; code: CloseCode | null } | null = null;
  private callOverAt: number | null = null;
  private startedAt = 0;
  private framesIn = 0;
  private framesOut = 0;
  private readonly abort = new AbortController();
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly socket: WebSocket,
    private readonly admission: Admission,
    private readonly services: SessionServices,
  ) {
    this.runId = admission.ids.runId;
  }

  /** Resolves when everything this session had to say to the ledger is durable, or has failed. */
  async settled(): Promise<void> {
    let work;
    do {
      work = this.work;
      await work;
    } while (work !== this.work);
  }

  /** A message of the carrier's. */
  receive(data: Buffer, isBinary: boolean): void {
    if (this.state === 'ended') return;
    const now = performance.now();
    this.lastFrameAt = now;
    if (isBinary) {
      this.violate('binary message');
      return;
    }
    const message = this.admission.provider.stream.decode(data.toString());
    if (message.kind === 'connected' || message.kind === 'ignored') return;
    if (message.kind === 'invalid') {
      this.violate(message.reason);
    } else if (message.kind === 'start') {
      if (this.state === 'waiting') this.start(message);
      else this.violate('a second start');
    } else if (this.state === 'waiting') {
      this.violate(`${message.kind} before start`);
    } else if (this.state === 'starting' && message.kind !== 'stop') {
      this.keep(message, now);
    } else {
      this.hear(message, now);
    }
  }

  /** A ping or pong of the carrier's: no news, but a sign of life. */
  alive(): void {
    this.lastFrameAt = performance.now();
  }

  /** The peer broke the WebSocket protocol; the socket library is closing. */
  broken(tooBig: boolean): void {
    const code = tooBig ? CloseCode.MessageTooBig : CloseCode.ProtocolError;
    if (this.state === 'waiting') this.refuse(code, 'protocol-error');
    this.finish('lost', tooBig ? CloseCode.MessageTooBig : null);
  }

  /** The socket is gone, closed by whomever. */
  closed(): void {
    this.finish('lost', null);
  }

  /** The ledger knows that the call is over: the carrier has a moment to say `stop`. */
  callIsOver(): void {
    this.callOverAt ??= performance.now();
  }

  end(reason: SessionEnd): void {
    this.finish(reason, CLOSE_CODES[reason]);
  }

  /** Called about twice a second: deadlines, silence, keep-alive. */
  check(now: number): void {
    if (this.closeBy !== null) {
      if (now >= this.closeBy) this.closeHard();
      return;
    }
    if (this.state === 'waiting' && now - this.openedAt >= MEDIA_LIMITS.startWithinMs) {
      this.refuse(CloseCode.Silent, 'no-start');
    } else if (now - this.lastFrameAt >= MEDIA_LIMITS.silenceMs) {
      this.end('lost');
    } else if (this.callOverAt !== null && now - this.callOverAt >= MEDIA_LIMITS.stopWithinMs) {
      this.end('call-ended');
    } else if (now - this.lastPingAt >= MEDIA_LIMITS.pingEveryMs) {
      this.lastPingAt = now;
      this.socket.ping();
    }
  }

  private start(start: Start): void {
    this.state = 'starting';
    this.streamId = start.streamId;
    this.lastAudioAt = performance.now();
    this.work = this.open(start).catch((error: unknown) => {
      this.services.log.warn('stream.not_opened', { workflow_run_id: this.runId, error });
      // Not the caller's fault and not final: the carrier asks again for a stream.
      this.finish('going-away', CloseCode.Moved);
    });
  }

  private async open(start: Start): Promise<void> {
    const { ledger } = this.services;
    const refusal = await ledger.refusalOf(this.runId, start);
    if (refusal) {
      this.refuse(refusal.code, refusal.reason);
      return;
    }
    if (!this.takeCall()) return;
    this.startedAt = performance.now();
    const run = await ledger.begin(this.runId, start.streamId);
    if (!run) {
      this.refuse(CloseCode.Ended, 'call-ended');
      return;
    }
    this.run = run;
    this.admission.leaveWaiting();
    // The socket went away while the ledger was written; else nobody waits for the agent here.
    if (this.ended) await this.writeEnd(run, this.ended);
    else void this.callAgent(run, start);
  }

  /**
   * Makes this the call's one stream, in one step with the look at the others,
   * so that of two that come at once one is refused.
   */
  private takeCall(): boolean {
    const { sessions } = this.services;
    const older = sessions.find(this.runId);
    if (older && performance.now() - older.lastAudioAt < MEDIA_LIMITS.livelyMs) {
      this.refuse(CloseCode.AnotherStream, 'possible-replay');
      return false;
    }
    // Refused while its token was redeemed: nothing of the call changes. Lost: it was a stream, and is over.
    if (this.ended) return this.ended.cause !== 'protocol' && older === null;
    older?.end('taken-over');
    sessions.add(this);
    return true;
  }

  private keep(frame: Frame, now: number): void {
    if (frame.kind === 'audio') this.lastAudioAt = now;
    if (this.kept.length < MEDIA_LIMITS.keptFrames) this.kept.push(frame);
    else if (this.run) this.agentFailed(new Error('it did not answer in time'));
    else this.violate('too much before the token was redeemed');
  }

  private async callAgent(run: CallRun, start: Start): Promise<void> {
    const agent = this.services.agents.find(run.agent);
    try {
      if (!agent) throw new Error(`there is no agent "${run.agent}"`);
      const session = await agent.answer(this.callFor(run, start));
      if (this.isEnded()) {
        this.tellEnd(session);
        return;
      }
      this.agent = session;
    } catch (error) {
      this.agentFailed(error);
      return;
    }
    this.state = 'live';
    const kept = this.kept;
    this.kept = [];
    for (const frame of kept) {
      if (!this.isEnded()) this.hear(frame, performance.now());
    }
  }

  private callFor(run: CallRun, start: Start): AgentCall {
    return {
      facts: {
        workflowRunId: run.runId,
        workflowId: run.workflowId,
        userId: run.userId,
        direction: run.direction,
        from: run.from,
        to: run.to,
        context: run.context,
        parameters: start.parameters,
      },
      options: run.agentOptions,
      signal: this.abort.signal,
      sendAudio: (audio) => this.sendAudio(audio),
      hangUp: () => this.end('agent-ended'),
    };
  }

  private hear(frame: Frame, now: number): void {
    try {
      switch (frame.kind) {
        case 'audio':
          this.lastAudioAt = now;
          this.framesIn += 1;
          this.watch(this.agent?.onAudio(frame.audio, frame.timestampMs));
          return;
        case 'dtmf':
          this.watch(this.agent?.onDtmf?.(frame.digit));
          return;
        case 'stop':
          this.end('stop');
          return;
        case 'mark':
        case 'ignored':
        case 'invalid':
          return;
        default:
          frame satisfies never;
      }
    } catch (error) {
      this.agentFailed(error);
    }
  }

  /** An agent's method may be `async` all the same: its rejection must not end the process. */
  private watch(result: unknown): void {
    if (isPromise(result)) result.then(undefined, (error: unknown) => this.agentFailed(error));
  }

  private sendAudio(audio: Buffer): void {
    if (this.isEnded() || audio.length === 0) return;
    if (this.socket.bufferedAmount > MEDIA_LIMITS.unsentBytes) {
      this.finish('lost', CloseCode.ConsumerTooSlow);
      return;
    }
    this.framesOut += 1;
    this.socket.send(this.admission.provider.stream.encodeAudio(this.streamId, audio));
  }

  private agentFailed(error: unknown): void {
    if (this.isEnded()) return;
    const reason = error instanceof Error ? error.message : 'it threw something that is no error';
    this.services.log.error('agent.failed', { workflow_run_id: this.runId, error });
    this.services.ledger
      .noteAgent(this.runId, { agent: 'failed', reason: reason.slice(0, 200) })
      .catch(() => undefined);
    this.end('agent-failed');
  }

  private violate(reason: string): void {
    if (this.run) {
      this.services.log.warn('stream.protocol_error', { workflow_run_id: this.runId, reason });
      this.end('protocol');
    } else {
      this.refuse(CloseCode.ProtocolError, 'protocol-error');
    }
  }

  /** Closes a socket that never became a stream: nothing of the call changes. */
  private refuse(code: CloseCode, reason: string): void {
    this.services.refusals.note({
      surface: 'media-stream',
      reason,
      httpStatus: code,
      runId: this.runId,
    });
    this.finish('protocol', code);
  }

  /** A method, because TypeScript does not see that `state` changes across an `await`. */
  private isEnded(): boolean {
    return this.state === 'ended';
  }

  private finish(cause: SessionEnd, code: CloseCode | null): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    const ended = { cause, code };
    this.ended = ended;
    this.kept = [];
    this.admission.leaveWaiting();
    this.services.sessions.remove(this);
    this.abort.abort();
    if (this.agent) this.tellEnd(this.agent);
    this.agent = null;
    if (code !== null) this.socket.close(code);
    this.closeBy =
      performance.now() +
      (code === null ? MEDIA_LIMITS.closeWithinMs : MEDIA_LIMITS.closeHandshakeMs);
    // At once: whoever asks next, the carrier or a newer stream, comes after it in the ledger.
    if (this.run) this.work = this.writeEnd(this.run, ended);
  }

  private tellEnd(agent: AgentSession): void {
    const failed = (error: unknown): void =>
      this.services.log.warn('agent.on_end_failed', { workflow_run_id: this.runId, error });
    try {
      const result: unknown = agent.onEnd?.();
      if (isPromise(result)) result.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  }

  private async writeEnd(
    run: CallRun,
    { cause, code }: { cause: SessionEnd; code: CloseCode | null },
  ): Promise<void> {
    const summary = {
      cause,
      code,
      streamId: this.streamId,
      durationMs: performance.now() - this.startedAt,
      framesIn: this.framesIn,
      framesOut: this.framesOut,
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.services.ledger.close(run, summary);
        return;
      } catch (error) {
        this.services.log.warn('stream.end_not_written', { workflow_run_id: this.runId, error });
        // After the last one the reconciler finds the call silent and asks the carrier.
        if (!(error instanceof StoreUnavailableError) || attempt === END_ATTEMPTS) return;
        await new Promise((next) => setTimeout(next, END_PAUSE_MS));
      }
    }
  }

  private closeHard(): void {
    if (this.socket.readyState === this.socket.OPEN) {
      this.socket.close(CloseCode.Ended);
      this.closeBy = performance.now() + MEDIA_LIMITS.closeHandshakeMs;
      return;
    }
    this.socket.terminate();
  }
}

/** By shape: what an agent returns may come from anywhere. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
