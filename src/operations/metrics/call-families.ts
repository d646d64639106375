import { MULAW_FRAME_BYTES } from '../../audio/mulaw.js';
import type { CallCensus } from '../../calls/call-census.js';
import type { CallMetrics } from '../../calls/call-metrics.js';
import type { Circuits } from '../../calls/dialling/circuits.js';
import type { EventDeliveries } from '../../calls/events-out/event-deliveries.js';
import type { Recordings } from '../../calls/recordings/recordings.js';
import type { LiveSessions } from '../../calls/streams/live-sessions.js';
import type { Refusals } from '../../calls/refusals.js';
import type { ProviderRegistry } from '../../providers/provider-registry.js';
import { fromCounts, only, type Family } from './family.js';

export interface CallSources {
  census: CallCensus;
  metrics: CallMetrics;
  refusals: Refusals;
  sessions: LiveSessions;
  deliveries: EventDeliveries;
  circuits: Circuits;
  providers: ProviderRegistry;
  recordings: Recordings;
}

const MS = 1_000;

/** The metrics of calls. `docs/metrics.md` has the same list, and a spec compares them. */
export function callFamilies(sources: CallSources): Family[] {
  const { census, metrics, refusals, deliveries, circuits, providers } = sources;
  return [
    {
      name: 'calls_live',
      help: 'Calls in progress, by status.',
      type: 'gauge',
      labels: ['status'],
      read: () => [...census.byStatus()].map(([status, value]) => ({ labels: { status }, value })),
    },
    {
      name: 'calls_started_total',
      help: 'Calls saved, by direction.',
      type: 'counter',
      labels: ['direction'],
      read: () => fromCounts(census.started.counted()),
    },
    {
      name: 'calls_ended_total',
      help: 'Calls that ended, by direction and reason.',
      type: 'counter',
      labels: ['direction', 'end_reason'],
      read: () => fromCounts(census.ended.counted()),
    },
    {
      name: 'callbacks_total',
      help: 'Callbacks of carriers that were written down, by status and by what they did.',
      type: 'counter',
      labels: ['status', 'outcome'],
      read: () => fromCounts(metrics.callbacks.counted()),
    },
    {
      name: 'refusals_total',
      help: 'Requests and streams that were turned away, by surface and reason.',
      type: 'counter',
      labels: ['surface', 'reason'],
      read: () =>
        refusals.counted().map(({ surface, reason, count }) => ({
          labels: { surface, reason },
          value: count,
        })),
    },
    {
      name: 'dials_total',
      help: 'Requests to a carrier to dial, each try by itself, by result.',
      type: 'counter',
      labels: ['provider', 'result'],
      read: () => fromCounts(metrics.dials.counted()),
    },
    {
      name: 'dials_waiting',
      help: "Calls that wait here for their turn, at the carrier's pace, to be dialled.",
      type: 'gauge',
      read: () => only(metrics.dialsWaiting),
    },
    {
      name: 'account_circuit_open',
      help: 'Whether routes pass the account over because its dials failed, or a single call tries it again; 1: so.',
      type: 'gauge',
      labels: ['account'],
      read: () =>
        providers.all().map(({ key: account }) => {
          const failing = circuits.failing().find((one) => one.account === account);
          return { labels: { account }, value: failing && failing.state !== 'closed' ? 1 : 0 };
        }),
    },
    {
      name: 'hangups_total',
      help: 'Requests to a carrier to end a call, by result.',
      type: 'counter',
      labels: ['provider', 'result'],
      read: () => fromCounts(metrics.hangUps.counted()),
    },
    ...streamFamilies(sources),
    {
      name: 'event_deliveries_total',
      help: 'Tries to tell an endpoint of an event, by result; dead ones are not tried again.',
      type: 'counter',
      labels: ['result'],
      read: () => fromCounts(metrics.deliveries.counted()),
    },
    {
      name: 'event_deliveries_pending',
      help: 'Events that wait to be delivered; absent while the store is away.',
      type: 'gauge',
      read: () => deliveries.pending().then(only, () => []),
    },
  ];
}

function streamFamilies({ metrics, sessions, recordings }: CallSources): Family[] {
  const waiting = (): number[] => sessions.all().map(({ waitingMs }) => waitingMs / MS);
  return [
    {
      name: 'streams_open',
      help: 'Media streams that carry a call at this moment.',
      type: 'gauge',
      read: () => only(sessions.size),
    },
    {
      name: 'streams_ended_total',
      help: 'Media streams that ended, by cause.',
      type: 'counter',
      labels: ['cause'],
      read: () => fromCounts(metrics.streamsEnded.counted()),
    },
    {
      name: 'playout_queue_seconds',
      help: "Agents' audio that waits here to be sent, over all streams.",
      type: 'gauge',
      read: () => only(waiting().reduce((sum, seconds) => sum + seconds, 0)),
    },
    {
      name: 'playout_queue_longest_seconds',
      help: 'The same, of the stream with the most.',
      type: 'gauge',
      read: () => only(waiting().reduce((most, seconds) => Math.max(most, seconds), 0)),
    },
    {
      name: 'recorded_frames_total',
      help: 'Frames of 20 ms, both sides in one, written to recordings.',
      type: 'counter',
      read: () => only(Math.floor(metrics.recordedSamples / MULAW_FRAME_BYTES)),
    },
    {
      name: 'recordings_failed_total',
      help: 'Recordings that stopped before their call ended.',
      type: 'counter',
      read: () => only(metrics.recordingsFailed),
    },
    {
      name: 'recording_segments_waiting',
      help: 'Segments of recordings on this disk that are not in the store of recordings yet.',
      type: 'gauge',
      read: () => only(recordings.waiting),
    },
    {
      name: 'transcription_requests_total',
      help: 'Requests to the server that transcribes recordings.',
      type: 'counter',
      labels: ['result'],
      read: () => fromCounts(metrics.transcriptionRequests.counted()),
    },
    {
      name: 'transcription_audio_seconds_total',
      help: 'Audio that it was sent.',
      type: 'counter',
      read: () => only(metrics.transcriptionSeconds),
    },
    {
      name: 'interruptions_total',
      help: 'What callers who talked, or seemed to talk, over an agent did to it.',
      type: 'counter',
      labels: ['step'],
      read: () => fromCounts(metrics.interruptions.counted()),
    },
    {
      name: 'voice_model_windows_total',
      help: 'Windows of 32 ms that the voice model heard.',
      type: 'counter',
      read: () => only(metrics.voiceWindows),
    },
    {
      name: 'voice_model_seconds_total',
      help: 'How long the voice model worked, in its own thread.',
      type: 'counter',
      read: () => only(metrics.voiceModelMs / MS),
    },
    {
      name: 'voice_model_refused_total',
      help: 'How often the voice model had no time, and the pitch decided.',
      type: 'counter',
      read: () => only(metrics.voiceModelRefused),
    },
    {
      name: 'agent_failures_total',
      help: 'Calls that their agent failed, by agent.',
      type: 'counter',
      labels: ['agent'],
      read: () => fromCounts(metrics.agentFailures.counted()),
    },
  ];
}
