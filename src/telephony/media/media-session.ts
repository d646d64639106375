import type { WebSocket } from 'ws';
import type { Agent, CallFacts } from '../../agents/agent.js';
import type { AgentRegistry } from '../../agents/agent-registry.js';
import type { CallMetrics } from '../../calls/call-metrics.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type {
  LiveQuality,
  LiveSession,
  LiveSessions,
  SessionEnd,
} from '../../calls/streams/live-sessions.js';
import type { Recordings } from '../../calls/streams/recordings.js';
import type { Refusals } from '../../calls/refusals.js';
import type { StreamMessage, StreamProtocol } from '../../providers/stream-protocol.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import type { Log } from '../../shared/logger.js';
import { maskText } from '../../shared/redact.js';
import { BargeIn } from './barge-in.js';
import { CallRecording } from './call-recording.js';
import { CloseCode } from './close-codes.js';
import { Conversation } from './conversation.js';
import { FILLING, InboundAudio } from './inbound-audio.js';
import { MEDIA_LIMITS } from './limits.js';
import { Playout } from './playout.js';
import { QualitySeries } from './quality-series.js';
import type { Start, StreamLedger } from './stream-ledger.js';
import type { SendText } from './text-sender.js';
import type { TimerWheel } from './timer-wheel.js';
import type { Admission } from './upgrade-gate.js';

/** What a session needs of the rest of the house. */
export interface SessionServices {
  ledger: StreamLedger;
  agents: AgentRegistry;
  sessions: LiveSessions;
  refusals: Refusals;
  recordings: Recordings;
  wheel: TimerWheel;
  metrics: CallMetrics;
  log: Log;
}

/** How often what must be written is offered to a store that is away, and the pause between. */
const WRITE_ATTEMPTS = 5;
const WRITE_PAUSE_MS = 1_000;

/** Read and heard after `start`, in order. */
type Frame = Extract<StreamMessage, { kind: 'audio' | 'dtmf' | 'stop' }>;

interface KeptFrame {
  frame: Frame;
  arrivedAt: number;
}

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
 * now and then, and one wheel paces what they all say. Whatever ends it first, it ends once.
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
  private kept: KeptFrame[] = [];
  private run: CallRun | null = null;
  private conversation: Conversation | null = null;
  private readonly playout: Playout;
  private readonly inbound = new InboundAudio();
  private readonly qualitySeries = new QualitySeries(this.inbound);
  private bargeIn: BargeIn | null = null;
  private recording: CallRecording | null = null;
  /** What ended it, first of all; the ledger may have to be told later. */
  private ended: { cause: SessionEnd; code: CloseCode | null } | null = null;
  private callOverAt: number | null = null;
  private startedAt = 0;
  /** When the agent had answered. */
  private liveAt: number | null = null;
  private unsavedFacts: Record<string, unknown> | null = null;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly socket: WebSocket,
    private readonly sendText: SendText,
    private readonly admission: Admission,
    private readonly services: SessionServices,
  ) {
    this.runId = admission.ids.runId;
    this.playout = new Playout({
      line: {
        audio: (frame) => this.sendAudio(frame),
        mark: (name) => this.send(this.protocol.encodeMark(this.streamId, name)),
        clear: () => this.send(this.protocol.encodeClear(this.streamId)),
      },
      wheel: services.wheel,
      onFlood: () =>
        this.agentFailed(new Error('it wrote more than ten minutes, or a thousand marks, ahead')),
    });
  }

  private get protocol(): StreamProtocol {
    return this.admission.provider.stream;
  }

  get quality(): LiveQuality {
    const { framesIn, filledMs, framesLate, jitterMs } = this.inbound.quality;
    const { pauseMs } = this.qualitySeries.series;
    return {
      framesIn,
      framesOut: this.playout.framesOut,
      filledMs,
      framesLate,
      jitterMs,
      recentPauseMs: pauseMs.at(-1) ?? null,
      firstAudioMs: this.firstAudioMs(),
    };
  }

  get waitingMs(): number {
    return this.playout.waitingMs;
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
  receive(text: string): void {
    if (this.state === 'ended') return;
    const now = performance.now();
    this.lastFrameAt = now;
    const message = this.protocol.decode(text);
    if (message.kind === 'connected' || message.kind === 'ignored') return;
    if (message.kind === 'invalid') {
      this.violate(message.reason);
    } else if (message.kind === 'start') {
      if (this.state === 'waiting') this.start(message);
      else this.violate('a second start');
    } else if (this.state === 'waiting') {
      this.violate(`${message.kind} before start`);
    } else if (message.kind === 'mark') {
      this.playout.markReturned(message.name);
    } else if (this.state === 'starting' && message.kind !== 'stop') {
      this.keep(message, now);
    } else {
      this.hear(message, now);
    }
  }

  /** No carrier sends any. */
  receiveBinary(): void {
    if (this.state !== 'ended') this.violate('binary message');
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
    if (this.agentIsLate(now)) this.agentStalls();
    if (this.conversation) this.playout.check(now);
    if (this.run) this.qualitySeries.look(now);
    this.recording?.flush(now);
  }

  /** Frames alone do not tell: a carrier may send none. */
  private agentIsLate(now: number): boolean {
    const isAsked = this.state === 'starting' && this.run !== null;
    return isAsked && now - this.startedAt >= MEDIA_LIMITS.answerWithinMs;
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
    if (this.kept.length < MEDIA_LIMITS.keptFrames) this.kept.push({ frame, arrivedAt: now });
    else if (this.run) this.agentStalls();
    else this.violate('too much before the token was redeemed');
  }

  private async callAgent(run: CallRun, start: Start): Promise<void> {
    try {
      const conversation = new Conversation({
        agent: await this.agentOf(run),
        facts: factsOf(run, start),
        options: run.agentOptions,
        playout: this.playout,
        stored: run.facts,
        hangUp: () => this.end('agent-ended'),
        onFailure: (error) => this.agentFailed(error),
        onFacts: (facts) => this.storeFacts(facts),
        onEndFailure: (error) =>
          this.services.log.warn('agent.on_end_failed', { workflow_run_id: this.runId, error }),
      });
      if (this.isEnded()) return;
      this.conversation = conversation;
      if (run.recording) this.recording = this.record(run);
      if (run.bargeIn) this.bargeIn = new BargeIn(this.playout, () => conversation.bargeIn());
      await conversation.begin();
    } catch (error) {
      this.agentFailed(error);
      return;
    }
    if (this.isEnded()) return;
    this.state = 'live';
    this.liveAt = performance.now();
    this.services.metrics.streamSetupSeconds.observeSince(this.openedAt);
    const kept = this.kept;
    this.kept = [];
    for (const { frame, arrivedAt } of kept) {
      if (!this.isEnded()) this.hear(frame, arrivedAt);
    }
  }

  /** @throws Error when it is not plugged in, or its options would not do any more */
  private async agentOf(run: CallRun): Promise<Agent> {
    const { agents } = this.services;
    const agent = agents.find(run.agent);
    if (!agent) throw new Error(`there is no agent "${run.agent}"`);
    const problems = await agents.problemsWith(run.agent, run.agentOptions);
    if (problems.length > 0) throw new Error(`its options: ${problems.join('; ')}`);
    return agent;
  }

  private hear(frame: Frame, now: number): void {
    switch (frame.kind) {
      case 'audio':
        this.lastAudioAt = now;
        this.inbound.accept(frame.audio, frame.timestampMs, now, this.listen);
        return;
      case 'dtmf':
        this.conversation?.onDtmf(frame.digit);
        return;
      case 'stop':
        this.end('stop');
        return;
      default:
        frame satisfies never;
    }
  }

  private readonly listen = (audio: Buffer, timestampMs: number): void => {
    this.bargeIn?.hear(audio);
    // What was put in for a gap never arrived.
    this.recording?.caller(audio, timestampMs, audio === FILLING ? null : this.lastAudioAt);
    this.conversation?.onAudio(audio, timestampMs);
  };

  private record(run: CallRun): CallRecording {
    const recording = new CallRecording(
      this.services.recordings.open(run.runId),
      performance.now(),
      (error) => {
        this.services.metrics.recordingsFailed += 1;
        this.services.log.warn('recording.stopped', { workflow_run_id: this.runId, error });
      },
      (moments) => (this.services.metrics.recordedSamples += moments),
    );
    this.playout.onHeard = (frame, at) => recording.agent(frame, at);
    return recording;
  }

  private sendAudio(audio: Buffer): boolean {
    this.send(this.protocol.encodeAudio(this.streamId, audio));
    return !this.isEnded();
  }

  private send(text: string): void {
    if (this.isEnded()) return;
    if (this.socket.bufferedAmount > MEDIA_LIMITS.unsentBytes) {
      this.finish('lost', CloseCode.ConsumerTooSlow);
    } else {
      this.sendText(text);
    }
  }

  /** Written one after another; what changes meanwhile goes with the next, at the latest with the end. */
  private storeFacts(facts: Record<string, unknown>): void {
    const writing = this.unsavedFacts !== null;
    this.unsavedFacts = facts;
    if (writing) return;
    this.work = this.work.then(async () => {
      const latest = this.unsavedFacts;
      this.unsavedFacts = null;
      if (!latest) return;
      await this.written('facts.not_written', () =>
        this.services.ledger.storeFacts(this.runId, latest),
      );
    });
  }

  private agentStalls(): void {
    this.agentFailed(new Error('it did not answer in time'));
  }

  private agentFailed(error: unknown): void {
    if (this.isEnded()) return;
    const reason = error instanceof Error ? error.message : 'it threw something that is no error';
    this.services.metrics.agentFailures.add({ agent: this.run?.agent ?? 'unknown' });
    this.services.log.error('agent.failed', { workflow_run_id: this.runId, error });
    const detail = { agent: 'failed', reason: maskText(reason).slice(0, 200) };
    const noted = this.written('agent.failure_not_written', () =>
      this.services.ledger.noteAgent(this.runId, detail),
    );
    this.work = bothOf(noted, this.work);
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
    this.conversation?.end();
    this.playout.end();
    if (code !== null) this.socket.close(code);
    this.closeBy =
      performance.now() +
      (code === null ? MEDIA_LIMITS.closeWithinMs : MEDIA_LIMITS.closeHandshakeMs);
    // At once: whoever asks next, the carrier or a newer stream, comes after it in the ledger.
    if (this.run) this.work = bothOf(this.writeEnd(this.run, ended), this.work);
    const { recording } = this;
    if (recording) this.work = this.work.then(() => recording.close());
  }

  private async writeEnd(
    run: CallRun,
    { cause, code }: { cause: SessionEnd; code: CloseCode | null },
  ): Promise<void> {
    this.services.metrics.streamsEnded.add({ cause });
    const summary = {
      cause,
      code,
      streamId: this.streamId,
      endedAt: Date.now(),
      durationMs: performance.now() - this.startedAt,
      agentReadyMs: this.liveAt === null ? null : this.liveAt - this.startedAt,
      inbound: this.inbound.quality,
      series: this.qualitySeries.series,
      framesOut: this.playout.framesOut,
      firstAudioMs: this.firstAudioMs(),
    };
    // After the last attempt the reconciler finds the call silent and asks the carrier.
    await this.written('stream.end_not_written', () => this.services.ledger.close(run, summary));
  }

  /** Tried again for a while where the store is away. Never rejects. */
  private async written(failure: string, write: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await write();
        return;
      } catch (error) {
        this.services.log.warn(failure, { workflow_run_id: this.runId, error });
        if (!(error instanceof StoreUnavailableError) || attempt === WRITE_ATTEMPTS) return;
        await new Promise((next) => setTimeout(next, WRITE_PAUSE_MS));
      }
    }
  }

  private firstAudioMs(): number | null {
    const { firstAt } = this.playout;
    return firstAt === null ? null : firstAt - this.startedAt;
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

async function bothOf(one: Promise<void>, other: Promise<void>): Promise<void> {
  await one;
  await other;
}

function factsOf(run: CallRun, start: Start): CallFacts {
  return {
    provider: run.provider,
    callId: start.callId,
    accountId: start.accountId,
    streamId: start.streamId,
    workflowRunId: run.runId,
    workflowId: run.workflowId,
    userId: run.userId,
    direction: run.direction,
    from: run.from,
    to: run.to,
    context: run.context,
    parameters: start.parameters,
  };
}
