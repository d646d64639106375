import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Presence } from '../cluster/presence.js';
import { ReconcileSettings, TranscriptionSettings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { Clock } from '../shared/clock.js';
import { AgentFailures } from './agent-failures.js';
import { CallCensus } from './call-census.js';
import { CallFeed } from './ledger/call-feed.js';
import { Circuits } from './dialling/circuits.js';
import { DialQueue } from './dialling/dial-queue.js';
import { EndedCalls } from './ended-calls.js';
import { LeftDials } from './dialling/left-dials.js';
import { FeedReader } from './ledger/feed-reader.js';
import { FeedTimeline } from './ledger/feed-timeline.js';
import { CallLedger } from './ledger/call-ledger.js';
import { CallLimits } from './ledger/call-limits.js';
import { CallList } from './ledger/call-list.js';
import { CallLog } from './call-log.js';
import { CallMetrics } from './call-metrics.js';
import { CallTraces } from './call-traces.js';
import { Deliverer } from './events-out/deliverer.js';
import { EventDeliveries } from './events-out/event-deliveries.js';
import { EventEndpoints } from './events-out/event-endpoints.js';
import { EventSender } from './events-out/event-sender.js';
import { Housekeeping } from './ledger/housekeeping.js';
import { IdempotencyKeys } from './ledger/idempotency-keys.js';
import { LiveRuns } from './ledger/live-runs.js';
import { Handovers } from './streams/handovers.js';
import { HungUpStreams } from './streams/hung-up-streams.js';
import { SendDigits } from './streams/send-digits.js';
import { ToldMachines } from './streams/told-machines.js';
import { LiveFigures } from './streams/live-figures.js';
import { LiveSessions } from './streams/live-sessions.js';
import { Recordings } from './recordings/recordings.js';
import { SegmentNotes } from './recordings/segment-notes.js';
import { SegmentRows } from './recordings/segment-rows.js';
import { Transcriber } from './transcripts/transcriber.js';
import { TranscriptionQueue } from './transcripts/transcription-queue.js';
import { TranscriptionResults } from './transcripts/transcription-results.js';
import { Transcripts } from './transcripts/transcripts.js';
import { Refusals } from './refusals.js';
import { SilentCalls } from './silent-calls.js';
import { StreamCommands } from './streams/stream-commands.js';
import { StreamOwners } from './streams/stream-owners.js';
import { Whereabouts } from './streams/whereabouts.js';
import { StreamTokens } from './streams/stream-tokens.js';

/** What a call is, and the record of every call. */
@Module({
  providers: [
    CallFeed,
    FeedTimeline,
    FeedReader,
    CallCensus,
    CallMetrics,
    // Traces come first, so that a call's first log line carries its trace.
    CallTraces,
    CallLog,
    LiveSessions,
    Whereabouts,
    StreamOwners,
    LiveFigures,
    StreamCommands,
    HungUpStreams,
    SendDigits,
    ToldMachines,
    StreamTokens,
    Handovers,
    CallList,
    IdempotencyKeys,
    LiveRuns,
    CallLimits,
    Circuits,
    DialQueue,
    LeftDials,
    SegmentNotes,
    SegmentRows,
    Recordings,
    Transcripts,
    TranscriptionQueue,
    TranscriptionResults,
    Transcriber,
    Refusals,
    SilentCalls,
    AgentFailures,
    EndedCalls,
    Housekeeping,
    EventEndpoints,
    EventDeliveries,
    EventSender,
    Deliverer,
    {
      provide: CallLedger,
      inject: [Database, CallFeed, Clock, ReconcileSettings, TranscriptionSettings],
      useFactory: (
        database: Database,
        feed: CallFeed,
        clock: Clock,
        reconcile: ReconcileSettings,
        transcription: TranscriptionSettings,
      ): CallLedger =>
        new CallLedger(database, feed, clock, {
          silenceMs: reconcile.afterSeconds * 1000,
          transcribesRecordings: transcription.isOn,
        }),
    },
  ],
  exports: [
    EventEndpoints,
    EventDeliveries,
    EventSender,
    CallCensus,
    CallFeed,
    FeedTimeline,
    CallMetrics,
    CallLedger,
    CallList,
    IdempotencyKeys,
    LiveRuns,
    CallLimits,
    Circuits,
    DialQueue,
    LeftDials,
    LiveSessions,
    LiveFigures,
    StreamOwners,
    SendDigits,
    Whereabouts,
    Recordings,
    Transcripts,
    Refusals,
    SilentCalls,
    AgentFailures,
    EndedCalls,
    Handovers,
    StreamTokens,
  ],
})
export class CallsModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly ledger: CallLedger,
    private readonly recordings: Recordings,
    private readonly database: Database,
    private readonly sessions: LiveSessions,
    private readonly presence: Presence,
  ) {}

  onModuleInit(): void {
    this.presence.countStreams(() => this.sessions.size);
  }

  /** Runs last, when every other room has submitted its changes. */
  async onApplicationShutdown(): Promise<void> {
    await this.ledger.drained();
    await this.recordings.stop();
    await this.database.close();
  }
}
