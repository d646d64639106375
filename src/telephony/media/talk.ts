import type { Agent, CallFacts, DigitsOutcome } from '../../agents/agent.js';
import { machineResult } from '../../agents/voicemail/machine-result.js';
import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { toldOnWait } from '../../calls/ledger/on-wait.js';
import type { Arrival, Handover } from '../../calls/streams/handover.js';
import type { NewLine } from '../../calls/transcripts/transcript.js';
import type { LiveQuality, SessionEnd } from '../../calls/streams/live-sessions.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { StartMessage } from '../../providers/media-dialect.js';
import { AgentNotes } from './agent-notes.js';
import { CallRecording } from './call-recording.js';
import type { CloseCode } from './close-codes.js';
import { TURN_SILENCE_MS } from '../../audio/ear/turns.js';
import { Conversation, type ConversationTransfers } from './conversation.js';
import { digitsWayOf } from './digits-way.js';
import { GreetingWatch } from './greeting-watch.js';
import { FILLING, InboundAudio } from './inbound-audio.js';
import { InterruptionNotes } from './interruption-notes.js';
import { Listening } from './listening.js';
import { Playout, type PlayoutLine } from './playout.js';
import { StreamTranscript } from './stream-transcript.js';
import { QualitySeries } from './quality-series.js';
import type { SessionServices } from './session-services.js';
import type { StreamSummary } from './stream-summary.js';
import { attended } from './voicemail-parts.js';

export interface TalkParts {
  run: CallRun;
  account: CarrierAccount;
  start: StartMessage;
  streamId: string;
  /** When the ledger was told of the stream, in milliseconds of the process's monotonic clock. */
  startedAt: number;
  line: PlayoutLine;
  /** Whether the carrier takes frames of 20 ms alone. */
  wholeFrames: boolean;
  services: SessionServices;
  hangUp: () => void;
  onFailure: (error: unknown) => void;
  onFacts: (facts: Record<string, unknown>) => void;
  /** One more fact for the call's timeline. */
  onNote: (event: CallEventDraft) => void;
  /** Makes lines of the transcript durable; resolves when they are, or never will be. Absent: there is none. */
  onTranscript?: (lines: readonly NewLine[]) => Promise<void>;
  /** How the call came to this stream from an earlier one; null on a first stream. */
  arrival?: Arrival | null;
  /** The agent has the call transferred; resolves with whether that has begun. Absent: it cannot. */
  onTransfer?: ConversationTransfers['begin'];
  /** The agent has another workflow go on with the call; resolves with whether it does. Absent: it cannot. */
  onPassOn?: (workflowId: number) => Promise<boolean>;
  /** Stores what another process would go on from; at most once a second. Absent: nobody does. */
  onCheckpoint?: (handover: Handover) => void;
}

/**
 * What passes between a caller and the agent on one stream that the ledger knows
 * of: the audio both ways, who interrupts whom, the recording, and how good it was.
 */
export class Talk {
  /** With the options of the workflow that has the call now. */
  run: CallRun;
  readonly playout: Playout;
  private readonly inbound = new InboundAudio(() => this.noteClock());
  private readonly series = new QualitySeries(this.inbound);
  private readonly interruptions: InterruptionNotes;
  private readonly agentNotes: AgentNotes;
  private readonly transcript: StreamTranscript;
  private conversation: Conversation | null = null;
  private listening: Listening | null = null;
  /** Whether the caller is in the midst of a turn, while nobody listens. */
  private turnIsOpen = false;
  private recording: CallRecording | null = null;
  private readonly greeting = new GreetingWatch();
  /** Who answered, by the carrier's word; null: it has not said. */
  private answeredBy: string | null = null;
  /** When the frame came that is being heard. */
  private arrivedAt = 0;
  /** When the agent had answered. */
  private answeredAt: number | null = null;
  private over = false;
  /** Whether the call is being handed over. */
  private frozen = false;
  /** Whether nobody may interrupt any more: a message is left on a machine. */
  private voiceIgnored = false;
  /** How the call came to the agent that has it; null: it begins. */
  private arrival: Arrival | null;

  constructor(private readonly parts: TalkParts) {
    this.run = parts.run;
    this.agentNotes = new AgentNotes(parts.run.streamGeneration, parts.onNote);
    this.interruptions = new InterruptionNotes(parts.run.streamGeneration, parts.onNote);
    this.transcript = new StreamTranscript({
      generation: parts.run.streamGeneration,
      write: parts.onTranscript ?? (() => Promise.resolve()),
      onFull: () => this.agentNotes.note('transcript_full'),
    });
    this.arrival = parts.arrival ?? null;
    this.playout = new Playout({
      line: parts.line,
      wheel: parts.services.wheel,
      wholeFrames: parts.wholeFrames,
      onFlood: () =>
        parts.onFailure(new Error('it wrote more than ten minutes, or 32,768 marks, ahead')),
    });
  }

  /**
   * Resolves when the agent has answered, or the stream has ended before.
   * @throws whatever the agent does, and Error when it is not plugged in or refuses its options
   */
  async begin(): Promise<void> {
    const { run, parts, playout } = this;
    const { log } = parts.services;
    const { account, services, onNote } = parts;
    const plugged = await this.agent();
    if (this.over) return;
    const onTaken = (): void => this.ignoreVoice();
    const { greeting } = this;
    const agent = attended(plugged, { run, account, services, greeting, onNote, onTaken });
    const conversation = new Conversation({
      agent,
      facts: factsOf(run, parts),
      simulated: run.simulated,
      options: run.agentOptions,
      onWait: toldOnWait(run.onWait),
      playout,
      stored: run.facts,
      arrival: this.arrival,
      hangUp: parts.hangUp,
      onFailure: parts.onFailure,
      onFacts: parts.onFacts,
      onNote: (what, detail) => this.agentNotes.note(what, detail),
      onTranscript: (line) => this.transcript.add(line),
      onEndFailure: (error) =>
        log.warn('agent.on_end_failed', { workflow_run_id: run.runId, error }),
      onCheckpoint: parts.onCheckpoint ?? null,
      onNoSnapshot: (reason) =>
        log.warn('agent.no_snapshot', { workflow_run_id: run.runId, agent: agent.name, reason }),
      turnIsOpen: () => this.listening?.turnIsOpen ?? this.turnIsOpen,
      digits: digitsWayOf(account, run, log),
      onDigits: (digits, outcome) => this.noteDigits('agent', digits, outcome),
      transfers: {
        targets: (run.transferTargets ?? []).map(({ name }) => name),
        begin: parts.onTransfer ?? (() => Promise.resolve(false)),
      },
      ...(parts.onPassOn ? { onPassOn: parts.onPassOn } : {}),
    });
    this.conversation = conversation;
    if (run.recording) this.recording ??= this.record();
    // The call is being handed over already: what the agent does has no effect.
    this.turnIsOpen = conversation.arrivesInTurn;
    if (this.frozen) conversation.handOver();
    else this.listenToCaller();
    if (this.answeredBy !== null) conversation.onMachine(machineResult(this.answeredBy));
    await conversation.begin();
    if (this.over) return;
    this.answeredAt ??= performance.now();
    if (!conversation.asksForTurns) {
      this.turnIsOpen = false;
      return;
    }
    if (this.turnIsOpen) conversation.turnStarted(null);
    this.tellTurns(conversation);
  }

  /** 20 ms of the caller's, as a rule. */
  hear(audio: Buffer, timestampMs: number, arrivedAt: number): void {
    this.arrivedAt = arrivedAt;
    this.inbound.accept(audio, timestampMs, arrivedAt, this.listen);
  }

  digit(digit: string): void {
    this.conversation?.onDtmf(digit);
  }

  /** Sends digits of a user's after all that was said. False: there is nobody yet, or any more. */
  sendDigits(digits: string): boolean {
    const { conversation } = this;
    if (!conversation || this.over) return false;
    void conversation.sendDigits(digits).then((outcome) => this.noteDigits('api', digits, outcome));
    return true;
  }

  /** The carrier says who answered; the same word twice is told once. */
  tellMachine(answeredBy: string): void {
    if (this.answeredBy === answeredBy) return;
    this.answeredBy = answeredBy;
    this.conversation?.onMachine(machineResult(answeredBy));
  }

  /** About twice a second. */
  check(now: number): void {
    if (this.conversation) this.playout.check(now);
    this.conversation?.check(now);
    this.greeting.check(now);
    this.series.look(now);
    this.recording?.flush(now);
  }

  /**
   * Freezes the talk and tells what the stream leaves to the one that goes on with the call; the
   * caller hears silence from now on. Then comes {@link end}, or {@link goOn} where the call stays.
   * Null: the agent was not asked yet, and there is nothing but what this stream came with.
   */
  handOver(): Handover | null {
    this.frozen = true;
    this.stopListening();
    return this.conversation?.handOver() ?? this.arrival?.handover ?? null;
  }

  /**
   * Another workflow goes on with the call: after {@link handOver} its agent leaves the line, and
   * {@link begin} asks the one of `run`.
   */
  passTo(run: CallRun): void {
    this.conversation?.giveWay();
    this.conversation = null;
    this.arrival = null;
    this.frozen = false;
    this.run = run;
  }

  /** The call was not handed over: it goes on here, as if nothing had been. */
  goOn(): void {
    if (this.over) return;
    this.frozen = false;
    this.conversation?.goOn();
    this.listenToCaller();
  }

  /** Once: silence, and the agent is told. */
  end(): void {
    this.over = true;
    this.stopListening();
    this.conversation?.end();
    this.playout.end();
  }

  /** After {@link end}; resolves when the recording, if there is one, is on the disk, and the transcript in the store. */
  async settled(): Promise<void> {
    await this.transcript.end();
    await this.recording?.close();
  }

  get quality(): LiveQuality {
    const { framesIn, filledMs, framesLate, jitterMs } = this.inbound.quality;
    return {
      framesIn,
      framesOut: this.playout.framesOut,
      filledMs,
      framesLate,
      jitterMs,
      recentPauseMs: this.series.series.pauseMs.at(-1) ?? null,
      firstAudioMs: this.firstAudioMs(),
    };
  }

  summary(cause: SessionEnd, code: CloseCode | null): StreamSummary {
    const { startedAt, streamId } = this.parts;
    return {
      cause,
      code,
      streamId,
      endedAt: Date.now(),
      durationMs: performance.now() - startedAt,
      agentReadyMs: this.answeredAt === null ? null : this.answeredAt - startedAt,
      inbound: this.inbound.quality,
      series: this.series.series,
      framesOut: this.playout.framesOut,
      firstAudioMs: this.firstAudioMs(),
    };
  }

  private readonly listen = (audio: Buffer, timestampMs: number): void => {
    const { conversation } = this;
    this.greeting.hear(audio);
    // What was put in for a gap never arrived.
    this.recording?.caller(audio, timestampMs, audio === FILLING ? null : this.arrivedAt);
    conversation?.onAudio(audio, timestampMs);
    // After that, so that the agent has heard what it is told of.
    if (this.listening && conversation?.areDigitsHeard === false) {
      this.listening.hear(audio, this.arrivedAt);
    }
  };

  /** @throws Error when it is not plugged in, or its options would not do any more */
  private async agent(): Promise<Agent> {
    const { agents } = this.parts.services;
    const agent = agents.find(this.run.agent);
    if (!agent) throw new Error(`there is no agent "${this.run.agent}"`);
    const problems = await agents.problemsWith(
      this.run.agent,
      this.run.agentOptions,
      this.run.userId,
    );
    if (problems.length > 0) throw new Error(`its options: ${problems.join('; ')}`);
    return agent;
  }

  /** Which keys they were is nobody's business. */
  private noteDigits(by: 'agent' | 'api', digits: string, outcome: DigitsOutcome): void {
    const source = by === 'api' ? 'api' : 'media';
    const detail = { by, count: digits.length, outcome };
    this.parts.onNote(callEvent({ type: 'digits', source, detail }));
  }

  private ignoreVoice(): void {
    this.voiceIgnored = true;
    this.turnIsOpen = false;
    if (!this.listening) return;
    this.stopListening();
    this.playout.resume();
  }

  private listenToCaller(): void {
    const { conversation } = this;
    if (this.voiceIgnored || !conversation) return;
    if (this.run.bargeIn) this.listening = this.newListening(conversation);
    if (conversation.asksForTurns) this.tellTurns(conversation);
  }

  private tellTurns(conversation: Conversation): void {
    if (this.voiceIgnored || this.frozen) return;
    this.listening ??= this.newListening(conversation);
    this.listening.tellTurns(this.run.turnSilenceMs ?? TURN_SILENCE_MS, this.turnIsOpen, {
      onStarted: (agoMs) => conversation.turnStarted(agoMs),
      onEnded: (silenceMs) => conversation.turnEnded(silenceMs),
    });
  }

  private newListening(conversation: Conversation): Listening {
    const { playout, run } = this;
    const { voiceModel: model, wheel, metrics } = this.parts.services;
    return new Listening({
      playout,
      wheel,
      model,
      sensitivity: run.bargeInSensitivity ?? 'normal',
      mayEcho: run.bargeInEcho !== 'off',
      bargeIn: run.bargeIn,
      heardMs: () => conversation.heardMs(),
      interrupt: () => conversation.bargeIn(),
      onStep: (step, heardMs, reason) => {
        metrics.interruptions.add({ step: step === 'resumed' ? reason : step });
        this.interruptions.note(step, heardMs, reason);
      },
    });
  }

  private stopListening(): void {
    const { listening } = this;
    if (!listening) return;
    this.turnIsOpen = listening.turnIsOpen ?? this.turnIsOpen;
    this.listening = null;
    listening.end();
    this.interruptions.end();
  }

  private record(): CallRecording {
    const { recordings, metrics, log } = this.parts.services;
    const { runId, streamGeneration: generation } = this.run;
    const [began, startedAt] = [performance.now(), Date.now()];
    this.transcript.begins(began, startedAt);
    const recording = new CallRecording(
      recordings.writer({ runId, generation, startedAt }),
      recordings.chunks,
      began,
      (error) => {
        metrics.recordingsFailed += 1;
        log.warn('recording.stopped', { workflow_run_id: runId, error });
      },
      (samples) => (metrics.recordedSamples += samples),
    );
    this.playout.onHeard = (frame, at) => recording.agent(frame, at);
    return recording;
  }

  private noteClock(): void {
    const { streamId, services } = this.parts;
    services.log.warn('stream.clock_ignored', {
      workflow_run_id: this.run.runId,
      stream_id: streamId,
    });
  }

  private firstAudioMs(): number | null {
    const { firstAt } = this.playout;
    return firstAt === null ? null : firstAt - this.parts.startedAt;
  }
}

function factsOf(run: CallRun, { start, streamId }: TalkParts): CallFacts {
  return {
    provider: run.provider,
    callId: start.callId ?? run.providerCallId ?? '',
    accountId: start.accountId ?? run.accountId,
    streamId,
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
