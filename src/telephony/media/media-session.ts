import type { WebSocket } from 'ws';
import type { AgentCall, AgentSession } from '../../agents/agent.js';
import type { AgentRegistry } from '../../agents/agent-registry.js';
import type { CallRun } from '../../calls/call-run.js';
import type { LiveSession, LiveSessions, SessionEnd } from '../../calls/live-sessions.js';
import type { Refusals } from '../../calls/refusals.js';
import type { StreamMessage } from '../../providers/stream-protocol.js';
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
  private startedAt = 0;
  private framesIn = 0;
  private framesOut = 0;
  private readonly abort = new AbortController();
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly socket: WebSocket,
    private readonly admission: Admission,
    private readonly services: SessionServices,
    private readonly leaveWaiting: () => void,
  ) {
    this.runId = admission.ids.runId;
  }

  /** Resolves when everything this session wrote to the ledger is durable. */
  async settled(): Promise<void> {
    await this.work;
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
    } else if (this.state === 'starting') {
      if (this.kept.length >= MEDIA_LIMITS.keptFrames) this.violate('too much before the answer');
      else this.kept.push(message);
    } else {
      this.hear(message, now);
    }
  }

  /** The socket is gone, closed by whomever. */
  closed(): void {
    this.finish('lost', null);
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
    } else if (now - this.lastPingAt >= MEDIA_LIMITS.pingEveryMs) {
      this.lastPingAt = now;
      this.socket.ping();
    }
  }

  private start(start: Start): void {
    this.state = 'starting';
    this.streamId = start.streamId;
    this.work = this.open(start).catch((error: unknown) => {
      this.services.log.warn('stream.not_opened', { workflow_run_id: this.runId, error });
      // Not the caller's fault and not final: the carrier asks again for a stream.
      this.finish('going-away', CloseCode.Moved);
    });
  }

  private async open(start: Start): Promise<void> {
    const result = await this.services.ledger.open(this.runId, start);
    if (!result.opened) {
      this.refuse(result.code, result.reason);
      return;
    }
    this.run = result.run;
    this.startedAt = performance.now();
    this.lastAudioAt = this.startedAt;
    this.leaveWaiting();
    if (this.isEnded()) {
      // The socket went away while the ledger was written.
      await this.writeEnd('lost', null);
      return;
    }
    this.services.sessions.add(this);
    await this.callAgent(result.run, start);
  }

  private async callAgent(run: CallRun, start: Start): Promise<void> {
    const agent = this.services.agents.find(run.agent);
    try {
      if (!agent) throw new Error(`there is no agent "${run.agent}"`);
      const session = await agent.answer(this.callFor(run, start));
      if (this.isEnded()) {
        session.onEnd?.();
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
          this.agent?.onAudio(frame.audio, frame.timestampMs);
          return;
        case 'dtmf':
          this.agent?.onDtmf?.(frame.digit);
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
    if (this.isEnded()) return;
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
    this.kept = [];
    this.leaveWaiting();
    this.services.sessions.remove(this);
    this.abort.abort();
    try {
      this.agent?.onEnd?.();
    } catch (error) {
      this.services.log.warn('agent.on_end_failed', { workflow_run_id: this.runId, error });
    }
    this.agent = null;
    if (code !== null) this.socket.close(code);
    this.closeBy =
      performance.now() + (code === null ? MEDIA_LIMITS.closeWithinMs : CLOSE_HANDSHAKE_MS);
    if (this.run) this.work = this.work.then(() => this.writeEnd(cause, code));
  }

  private async writeEnd(cause: SessionEnd, code: CloseCode | null): Promise<void> {
    if (!this.run) return;
    try {
      await this.services.ledger.close(this.run, {
        cause,
        code,
        streamId: this.streamId,
        durationMs: performance.now() - this.startedAt,
        framesIn: this.framesIn,
        framesOut: this.framesOut,
      });
    } catch (error) {
      // The reconciler will find the call silent and ask the carrier.
      this.services.log.warn('stream.end_not_written', { workflow_run_id: this.runId, error });
    }
  }

  private closeHard(): void {
    if (this.socket.readyState === this.socket.OPEN) {
      this.socket.close(CloseCode.Ended);
      this.closeBy = performance.now() + CLOSE_HANDSHAKE_MS;
      return;
    }
    this.socket.terminate();
  }
}

/** A peer that does not answer a close is cut off after this many milliseconds. */
const CLOSE_HANDSHAKE_MS = 2_000;
