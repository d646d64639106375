import { Injectable } from '@nestjs/common';
import { callEvent, type RecordedEvent } from '../../calls/ledger/call-event.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { RESUMABLE_ENDS } from '../../calls/streams/live-sessions.js';
import { StreamTokens } from '../../calls/streams/stream-tokens.js';
import { StreamSettings } from '../../config/settings.js';
import { CallControl } from '../../control/call-control.js';
import type { StreamMessage } from '../../providers/stream-protocol.js';
import { hashToken, isTokenShaped } from '../../urls/stream-token.js';
import { Tracer } from '../../shared/tracing/tracer.js';
import { CloseCode } from './close-codes.js';
import { qualityDetail, seriesDetail, type StreamSummary } from './stream-summary.js';
import { traceStream } from './trace-stream.js';

export type Start = Extract<StreamMessage, { kind: 'start' }>;

/** Why a `start` is turned away. */
export interface StartRefusal {
  code: CloseCode;
  reason: string;
}

/** After the carrier's `stop` the call's own callback is awaited this long before the carrier is asked. */
const ASK_SOON_MS = 1_000;

/** What a stream's beginning and end mean for the call. */
@Injectable()
export class StreamLedger {
  constructor(
    private readonly ledger: CallLedger,
    private readonly tokens: StreamTokens,
    private readonly control: CallControl,
    private readonly settings: StreamSettings,
    private readonly tracer: Tracer,
  ) {}

  /**
   * Decides about a `start`: the call's ids first (a foreign call spends no
   * token), then the token. Null: it may go on.
   * @throws StoreUnavailableError
   */
  async refusalOf(runId: number, start: Start): Promise<StartRefusal | null> {
    const run = await this.ledger.find({ runId });
    if (!run || run.providerCallId !== start.callId || run.accountId !== start.accountId) {
      return refused(CloseCode.NotThisCall, 'not-this-call');
    }
    if (isTerminal(run.status)) {
      void this.control.endIfStray(runId, start.callId);
      return refused(CloseCode.Ended, 'call-ended');
    }
    const { token } = start;
    if (token === null || !isTokenShaped(token)) {
      return refused(CloseCode.TokenRefused, 'token-missing');
    }
    const redemption = await this.tokens.redeem(hashToken(token), runId, start.callId);
    return redemption === 'redeemed'
      ? null
      : refused(CloseCode.TokenRefused, `token-${redemption}`);
  }

  /**
   * Writes down the beginning of a stream; null when the call is over meanwhile.
   * @throws StoreUnavailableError
   */
  async begin(runId: number, streamId: string): Promise<CallRun | null> {
    return this.ledger.change({ runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status)) return null;
      if (
        !draft.timeline.some((event) => event.status === 'answered' && event.source === 'media')
      ) {
        draft.record(
          callEvent({ type: 'status', source: 'media', status: 'answered', dedupeKey: 'media' }),
        );
      }
      draft.record(
        callEvent({
          type: 'stream',
          source: 'media',
          detail: { stream: 'started', stream_id: streamId },
        }),
      );
      return draft.run;
    });
  }

  /** Writes down the end of a live stream, once however often it is told, and sees to what must follow. */
  async close(run: CallRun, summary: StreamSummary): Promise<void> {
    const { cause } = summary;
    const apologises = cause === 'agent-failed' && run.onFailure !== null;
    await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft || !isOpen(draft.timeline, summary.streamId)) return;
      draft.record(
        callEvent({
          type: 'stream',
          source: 'media',
          detail: {
            stream: 'ended',
            cause,
            code: summary.code,
            stream_id: summary.streamId,
            duration_ms: Math.round(summary.durationMs),
            ...qualityDetail(summary),
            ...seriesDetail(summary),
          },
        }),
      );
      if (isTerminal(draft.run.status)) return;
      if (cause === 'agent-ended') draft.requestHangup('agent_hangup');
      if (cause === 'agent-failed') draft.requestHangup('agent_failed');
      const wait =
        RESUMABLE_ENDS.includes(cause) || apologises
          ? this.settings.graceSeconds * 1000
          : ASK_SOON_MS;
      draft.change({ checkAt: new Date(draft.now.getTime() + wait) });
    });
    traceStream(this.tracer, run, summary);
    // With a sentence to say, the carrier's next question is answered with it; the reconciler hangs up if none comes.
    if (cause === 'agent-ended') await this.control.hangUp(run.runId, 'agent_hangup');
    if (cause === 'agent-failed' && !apologises) {
      await this.control.hangUp(run.runId, 'agent_failed');
    }
  }

  /** What the agent found out; all of it, since the stream that writes is the call's only one. */
  async storeFacts(runId: number, facts: Record<string, unknown>): Promise<void> {
    await this.ledger.change({ runId }, (draft) => {
      if (draft && !draft.run.erasedAt) draft.change({ facts });
    });
  }

  /** One fact about the agent for the timeline. */
  async noteAgent(runId: number, detail: Record<string, unknown>): Promise<void> {
    await this.ledger.change({ runId }, (draft) => {
      draft?.record(callEvent({ type: 'agent', source: 'media', detail }));
    });
  }
}

/** Whether this stream has begun more often than it has ended; an id may return, as in a replay. */
function isOpen(timeline: readonly RecordedEvent[], streamId: string): boolean {
  const told = (stream: string): number =>
    timeline.filter(({ detail }) => detail['stream'] === stream && detail['stream_id'] === streamId)
      .length;
  return told('ended') < told('started');
}

function refused(code: CloseCode, reason: string): StartRefusal {
  return { code, reason };
}
