import { Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { CallMetrics } from '../calls/call-metrics.js';
import { VoiceSettings } from '../config/settings.js';
import { ControlModule } from '../control/control.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { Log } from '../shared/logger.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UrlsModule } from '../urls/urls.module.js';
import { EventFeeds } from './feeds/event-feeds.js';
import { TakeTold } from './feeds/take-told.js';
import { MediaGateway } from './media/media.gateway.js';
import { MoveCalls } from './media/move-calls.js';
import { MovePace } from './media/move-pace.js';
import { OwnStreams } from './media/own-streams.js';
import { PushAtOnce } from './media/push-at-once.js';
import { PushStream } from './media/push-stream.js';
import { StreamLedger } from './media/stream-ledger.js';
import { TakeOver } from './media/take-over.js';
import { UpgradeGate } from './media/upgrade-gate.js';
import { VoiceThread } from './media/voice/voice-thread.js';
import { WaitingSockets } from './media/waiting-sockets.js';
import { AnnouncedSounds } from './webhooks/announced-sounds.js';
import { AnswerCall } from './webhooks/answer-call.js';
import { AnswerTransfer } from './webhooks/answer-transfer.js';
import { RunOrigins } from './run-origins.js';
import { AccountPaths } from './webhooks/account-paths.js';
import { AnswerLoops } from './webhooks/answer-loops.js';
import { CarrierEdge } from './webhooks/carrier-edge.js';
import { Perform } from './webhooks/perform.js';
import { RecordCallback } from './webhooks/record-callback.js';
import { SignatureCheck } from './webhooks/signature-check.js';
import { StreamOffers } from './webhooks/stream-offers.js';
import { TransferOffers } from './webhooks/transfer-offers.js';
import { TakeWebhook } from './webhooks/take-webhook.js';
import { TelephonyController } from './webhooks/telephony.controller.js';
import { TurnAway } from './webhooks/turn-away.js';

/**
 * What carriers report and ask: answer webhook, status callbacks, event feeds, and media streams.
 */
@Module({
  imports: [AgentsModule, CallsModule, ControlModule, ProvidersModule, TenantsModule, UrlsModule],
  controllers: [TelephonyController],
  providers: [
    AccountPaths,
    AnswerCall,
    AnswerTransfer,
    Perform,
    TakeWebhook,
    AnswerLoops,
    RecordCallback,
    RunOrigins,
    SignatureCheck,
    TurnAway,
    CarrierEdge,
    WaitingSockets,
    {
      provide: VoiceThread,
      inject: [VoiceSettings, CallMetrics, Log],
      useFactory: (
        { modelCpuPercent: cpuPercent }: VoiceSettings,
        metrics: CallMetrics,
        log: Log,
      ) => new VoiceThread({ cpuPercent, metrics, log }),
    },
    UpgradeGate,
    OwnStreams,
    StreamLedger,
    StreamOffers,
    TransferOffers,
    AnnouncedSounds,
    PushStream,
    PushAtOnce,
    MovePace,
    MoveCalls,
    TakeOver,
    MediaGateway,
    TakeTold,
    EventFeeds,
  ],
})
export class TelephonyModule {}
