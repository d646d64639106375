import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { CallEventDraft } from '../../calls/ledger/call-event.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { withoutTail, type Handover } from '../../calls/streams/handover.js';
import type { LiveQuality, LiveSession, SessionEnd } from '../../calls/streams/live-sessions.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { StartMessage, StreamCodec, WireFrame } from '../../providers/media-dialect.js';
import type { Histogram } from '../../shared/metrics/histogram.js';
import { maskText } from '../../shared/redact.js';
import { CarrierFaults } from './carrier-faults.js';
import { CarrierLine } from './carrier-line.js';
import { CloseCode } from './close-codes.js';
import type { SendFrame } from './frame-sender.js';
import { handOverCall } from './hand-over-call.js';
import { passOn } from './pass-on.js';
import { PauseWatch } from './pause-watch.js';
import { closeCodeAfter, goesOnAfter, isHangup } from './session-ends.js';
import { overdueIn, type Life } from './session-life.js';
import type { SessionServices } from './session-services.js';
import { SessionWrites } from './session-writes.js';
import { KeptFrames, openStream, type Frame } from './stream-opening.js';
import { Talk } from './talk.js';
import { transferByAgent } from './transfer-by-agent.js';
import type { Admission } from './upgrade-gate.js';

type Starting = Life & { is: 'starting' };

const NOTHING_YET: LiveQuality = {
  framesIn: 0,
  framesOut: 0,
  filledMs: 0,
  framesLate: 0,
  jitterMs: 0,
  recentPauseMs: null,
  firstAudioMs: null,
};

/**
 * One media stream: a socket that was let in, its `start`, its agent, its end.
 *
 * Its deadlines are looked at by {@link check}, which the gateway calls for all
 * sessions about twice a second; one wheel paces what they all say. Whatever ends
 * it first, it ends once.
 */
export class MediaSession implements LiveSession {
  readonly runId: number;
  streamId = '';
  lastAudioAt = 0;
  /** With the stream's generation, as the ledger knows it; null until it does. */
  private run: CallRun | null = null;
  /** Null until the call is to be handed over at a pause. */
  private pauses: PauseWatch | null = null;
  private life: Life = { is: 'waiting' };
  private readonly openedAt = performance.now();
  private lastFrameAt = this.openedAt;
  private callOverAt: number | null = null;
  /** Who answered, where that came before the agent could be told; null: nothing came. */
  private answeredBy: string | null = null;
  /** Resolves when the agent that has the call has answered, or failed. */
  private answering: Promise<void> = Promise.resolve();
  /** While it is being written down that another workflow goes on with the call. */
  private isPassing = false;
  private readonly codec: StreamCodec;
  private readonly line: CarrierLine;
  private readonly writes: SessionWrites;
  private readonly faults: CarrierFaults;

  constructor(
    socket: WebSocket,
    send: SendFrame,
    private readonly admission: Admission,
    private readonly services: SessionServices,
  ) {
    this.runId = admission.ids.runId;
    this.codec = admission.account.media.session();
    this.line = new CarrierLine({
      socket,
      send,
      codec: this.codec,
      onSlow: () => this.finish('lost', CloseCode.ConsumerTooSlow),
    });
    this.faults = new CarrierFaults(this.runId, services.log);
    this.writes = new SessionWrites(this.runId, services.ledger, services.log);
  }

  get generation(): number {
    return this.run?.streamGeneration ?? 0;
  }

  get account(): CarrierAccount {
    return this.admission.account;
  }

  get quality(): LiveQuality {
    return this.talk()?.quality ?? NOTHING_YET;
  }

  get waitingMs(): number {
    return this.talk()?.playout.waitingMs ?? 0;
  }

  /** Resolves when everything this session had to say to the ledger is durable, or has failed. */
  settled(): Promise<void> {
    return this.writes.settled();
  }

  /** Once, before the first message: some carriers send audio at once, and no `start`. */
  begin(): void {
    const start = this.codec.begin();
    if (start) this.start(start);
  }

  /** A message of the carrier's. */
  receive(frame: WireFrame): void {
    if (this.life.is === 'ended') return;
    const now = performance.now();
    this.lastFrameAt = now;
    const message = this.codec.decode(frame);
    switch (message.kind) {
      case 'audio':
      case 'dtmf':
      case 'stop':
        this.take(message, now);
        return;
      case 'mark':
        if (this.life.is === 'waiting') this.violate('mark before start');
        else this.talk()?.playout.markReturned(message.name);
        return;
      case 'start':
        if (this.life.is === 'waiting') this.start(message);
        else if (message.streamId !== this.streamId) this.violate('a second start');
        return;
      case 'connected':
      case 'ignored':
      case 'cleared':
        return;
      case 'flow':
        if (!message.ready) this.faults.note('its buffer is full');
        return;
      case 'fault':
        this.faults.note(message.reason);
        return;
      case 'invalid':
        this.violate(message.reason);
        return;
      default:
        message satisfies never;
    }
  }

  /** A ping or pong of the carrier's: no news, but a sign of life. */
  alive(): void {
    this.lastFrameAt = performance.now();
  }

  /** The peer broke the WebSocket protocol; the socket library is closing. */
  broken(tooBig: boolean): void {
    const code = tooBig ? CloseCode.MessageTooBig : CloseCode.ProtocolError;
    if (this.life.is === 'waiting') this.refuse(code, 'protocol-error');
    this.finish('lost', tooBig ? CloseCode.MessageTooBig : null);
  }

  /** The socket is gone, whichever side closed it. */
  closed(): void {
    this.finish(this.callOverAt === null ? 'lost' : 'call-ended', null);
  }

  /** The ledger knows that the call is over: the carrier has a moment to say `stop`. */
  callIsOver(): void {
    this.callOverAt ??= performance.now();
  }

  end(reason: SessionEnd): void {
    this.finish(reason, closeCodeAfter(reason, this.account.media.closes));
  }

  sendDigits(digits: string): boolean {
    return this.talk()?.sendDigits(digits) ?? false;
  }

  tellMachine(answeredBy: string): void {
    this.answeredBy = answeredBy;
    this.talk()?.tellMachine(answeredBy);
  }

  /** Begins another generation of the call's streams, on the same socket. */
  keep(): void {
    const { ledger, log } = this.services;
    const again = async (): Promise<void> => {
      if (this.isEnded()) return;
      try {
        const begun = await ledger.begin(this.runId, this.streamId, {
          kind: 'claimed',
          seen: this.generation,
        });
        if (begun.kind === 'begun') this.run = begun.run;
        else this.finish('taken-over', begun.code);
      } catch (error) {
        log.warn('stream.not_kept', { workflow_run_id: this.runId, error });
      }
    };
    this.writes.afterwards(again);
  }

  /** From now on it is known when both sides are silent. */
  watchForPause(): void {
    this.pauses ??= new PauseWatch(performance.now());
  }

  /** Whether nothing of importance would be lost if the call had no stream for a moment. */
  isAtPause(now: number): boolean {
    const { life } = this;
    return life.is !== 'live' || (life.talk.playout.silent && this.pauses?.isQuiet(now) === true);
  }

  /**
   * Hands the call over to the stream that comes next: what this one leaves is durable first, then
   * it ends. Where it cannot be written down, the conversation goes on here, and this may be called
   * again.
   *
   * @param closes whether the socket is closed, so that the carrier asks; else it is the carrier
   *   that closes, when it is given other instructions
   * @returns whether the call was handed over
   */
  async leave(closes: boolean): Promise<boolean> {
    const talk = this.talk();
    const { run, services } = this;
    if (!talk || !run || this.isPassing) return false;
    const code = closes ? CloseCode.Moved : null;
    const outcome = await handOverCall(talk, run, code, services);
    switch (outcome) {
      case 'moved':
        this.finish('going-away', code, true);
        return true;
      case 'newer':
        this.end('taken-over');
        return false;
      case 'over':
        this.callIsOver();
        return false;
      case 'failed':
        return false;
      default:
        return outcome satisfies never;
    }
  }

  /** Called about twice a second: deadlines, silence, keep-alive. */
  check(now: number): void {
    const { life, openedAt, lastFrameAt, callOverAt } = this;
    const overdue = overdueIn(life, { openedAt, lastFrameAt, callOverAt }, now);
    switch (overdue) {
      case 'commit':
        this.closeLine();
        break;
      case 'start':
        this.refuse(CloseCode.Silent, 'no-start');
        return;
      case 'frames':
        this.end('lost');
        return;
      case 'stop':
        this.end('call-ended');
        return;
      case 'answer':
        this.agentStalls();
        return;
      case null:
        break;
      default:
        overdue satisfies never;
    }
    if (life.is === 'ended') {
      this.line.check(now);
      return;
    }
    this.line.keepAlive(now);
    this.talk()?.check(now);
  }

  private talk(): Talk | null {
    const { life } = this;
    return life.is === 'live' || life.is === 'starting' ? life.talk : null;
  }

  private start(start: StartMessage): void {
    this.life = { is: 'opening', kept: new KeptFrames() };
    this.streamId = start.streamId ?? randomUUID();
    this.lastAudioAt = performance.now();
    const opening = this.open(start).catch((error: unknown) => {
      this.services.log.warn('stream.not_opened', { workflow_run_id: this.runId, error });
      // Not the caller's fault and not final: the carrier asks again for a stream.
      this.finish('going-away', CloseCode.Moved);
    });
    this.writes.alongside(opening);
  }

  private async open(start: StartMessage): Promise<void> {
    const { services } = this;
    const opening = await openStream({
      tokenSpent: this.admission.tokenSpent,
      session: this,
      start,
      ledger: services.ledger,
      sessions: services.sessions,
      endedBy: () => (this.life.is === 'ended' ? this.life.cause : null),
    });
    if (opening.kind === 'dropped') return;
    if (opening.kind === 'refused') {
      this.refuse(opening.code, opening.reason);
      return;
    }
    this.admission.leaveWaiting();
    const { run, arrival, startedAt } = opening;
    this.run = run;
    const talk: Talk = new Talk({
      run,
      account: this.account,
      start,
      streamId: this.streamId,
      startedAt,
      line: this.line,
      wholeFrames: this.codec.frameBytes !== null,
      services,
      hangUp: () => this.end('agent-ended'),
      onFailure: (error) => this.agentFailed(error),
      onFacts: (facts) => this.writes.facts(this.run ?? run, facts),
      onNote: (event) => this.writes.note(this.run ?? run, event),
      onTranscript: (lines) => this.writes.transcript(services.transcripts, lines),
      arrival,
      onTransfer: (target, announce) => transferByAgent(run, { to: target, announce }, services),
      onPassOn: (workflowId) => this.passOn(talk, workflowId),
      onCheckpoint: (handover) => this.writes.checkpoint(this.run ?? run, handover),
    });
    const answeredBy = this.answeredBy ?? run.answeredBy;
    if (answeredBy !== null) talk.tellMachine(answeredBy);
    const { life } = this;
    // The socket went away while the ledger was written; else nobody waits for the agent here.
    if (life.is === 'ended') {
      this.tellEnd(talk, life.cause, life.code, arrival?.handover ?? null);
      this.afterEnd(talk, life.cause);
    } else if (life.is === 'opening')
      this.answering = this.callAgent(
        { is: 'starting', kept: life.kept, talk, startedAt },
        services.metrics.streamSetupSeconds,
      );
  }

  /** @param setUp what is told how long the stream took to be set up, by its first agent */
  private async callAgent(starting: Starting, setUp: Histogram | null): Promise<void> {
    this.life = starting;
    try {
      await starting.talk.begin();
    } catch (error) {
      this.agentFailed(error);
      return;
    }
    if (this.isEnded()) return;
    setUp?.observeSince(this.openedAt);
    this.goLive(starting);
  }

  private goLive({ talk, kept }: Starting): void {
    this.life = { is: 'live', talk };
    for (const { frame, arrivedAt } of kept.take()) {
      if (!this.isEnded()) this.hear(talk, frame, arrivedAt);
    }
  }

  /**
   * The agent has another workflow go on with the call. What the caller says and presses meanwhile is heard by
   * that one's agent. Resolves with false where the call stays. Never rejects.
   */
  private async passOn(talk: Talk, workflowId: number): Promise<boolean> {
    await this.answering;
    const { run } = this;
    if (this.life.is !== 'live' || !run) return false;
    const startedAt = performance.now();
    const starting: Starting = { is: 'starting', kept: new KeptFrames(), talk, startedAt };
    this.life = starting;
    this.isPassing = true;
    talk.handOver();
    // After what the agent has said to the ledger, so that nothing of it comes after this.
    const passed = await this.writes.inTurn(() =>
      passOn(this.run ?? run, workflowId, this.services),
    );
    this.isPassing = false;
    if (this.isEnded()) return passed !== null;
    if (passed) {
      this.run = passed;
      talk.passTo(passed);
      this.answering = this.callAgent(starting, null);
    } else {
      talk.goOn();
      this.goLive(starting);
    }
    return passed !== null;
  }

  private take(frame: Frame, now: number): void {
    const { life } = this;
    if (frame.kind === 'audio') {
      this.lastAudioAt = now;
      this.pauses?.hear(frame.audio, now);
    }
    if (life.is === 'live') this.hear(life.talk, frame, now);
    else if (life.is === 'waiting') this.violate(`${frame.kind} before start`);
    else if (frame.kind === 'stop') this.end('stop');
    else if (life.is !== 'ended' && !life.kept.keep(frame, now)) this.noRoom();
  }

  private noRoom(): void {
    if (this.life.is === 'starting') this.agentStalls();
    else this.violate('too much before the token was redeemed');
  }

  private hear(talk: Talk, frame: Frame, arrivedAt: number): void {
    switch (frame.kind) {
      case 'audio':
        talk.hear(frame.audio, frame.timestampMs, arrivedAt);
        return;
      case 'dtmf':
        talk.digit(frame.digit);
        return;
      case 'stop':
        this.end('stop');
        return;
      default:
        frame satisfies never;
    }
  }

  private agentStalls(): void {
    this.agentFailed(new Error('it did not answer in time'));
  }

  private agentFailed(error: unknown): void {
    const talk = this.talk();
    if (!talk) return;
    const reason = error instanceof Error ? error.message : 'it threw something that is no error';
    this.services.metrics.agentFailures.add({ agent: talk.run.agent });
    this.services.log.error('agent.failed', { workflow_run_id: this.runId, error });
    this.writes.agentFailure(this.run ?? talk.run, maskText(reason).slice(0, 200));
    this.end('agent-failed');
  }

  /** A message that is not the carrier's protocol: one is no reason to end a call that is live. */
  private violate(reason: string): void {
    const { run } = this;
    if (run && this.talk()) {
      const tell = (event: CallEventDraft): void => this.writes.note(this.run ?? run, event);
      if (!this.faults.noteOdd(reason, performance.now(), tell)) return;
      this.services.log.warn('stream.protocol_error', { workflow_run_id: this.runId, reason });
      this.end('protocol');
    } else {
      this.refuse(CloseCode.ProtocolError, 'protocol-error');
    }
  }

  /** Closes a socket that never became a stream: nothing of the call changes. */
  private refuse(code: CloseCode, reason: string): void {
    const { runId } = this;
    this.services.refusals.note({ surface: 'media-stream', reason, httpStatus: code, runId });
    this.finish('protocol', code);
  }

  /** A method, because TypeScript does not see that `life` changes across calls and `await`. */
  private isEnded(): boolean {
    return this.life.is === 'ended';
  }

  /** @param isWritten whether the ledger knows of the end already */
  private finish(cause: SessionEnd, code: CloseCode | null, isWritten = false): void {
    if (this.isEnded()) return;
    const talk = this.talk();
    // First of all: what follows may call back.
    this.life = { is: 'ended', cause, code, at: performance.now() };
    this.admission.leaveWaiting();
    this.services.sessions.remove(this);
    // Before anything is settled, so that what was not heard is still known.
    const leaves =
      talk && !isWritten && goesOnAfter(cause, this.generation, performance.now() - this.openedAt);
    // What an agent leaves that may have passed on the call is of no use to the next.
    const left = leaves && !this.isPassing ? talk.handOver() : null;
    // What an agent says before a transfer is not said again after it.
    const handover = left && cause === 'transferred' ? withoutTail(left) : left;
    this.line.silence();
    talk?.end();
    if (talk && !isWritten) this.tellEnd(talk, cause, code, handover);
    else this.closeLine();
    if (talk) this.afterEnd(talk, cause);
  }

  /** The socket is closed when the end is durable: what the carrier asks then is answered by that. */
  private tellEnd(
    talk: Talk,
    cause: SessionEnd,
    code: CloseCode | null,
    handover: Handover | null,
  ): void {
    const committed = (): void => this.closeLine();
    this.writes.end(this.run ?? talk.run, talk.summary(cause, code), { handover, committed });
  }

  private afterEnd(talk: Talk, cause: SessionEnd): void {
    this.services.metrics.streamsEnded.add({ cause });
    this.writes.afterwards(() => talk.settled());
  }

  private closeLine(): void {
    const { life } = this;
    if (life.is === 'ended') this.line.end(life.code, isHangup(life.cause));
  }
}
