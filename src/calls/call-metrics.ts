import { Histogram } from '../shared/metrics/histogram.js';
import { MillisecondCounts } from '../shared/metrics/millisecond-counts.js';
import { Tally } from '../shared/metrics/tally.js';
import { CALL_STATUSES } from './ledger/call-status.js';
import { SESSION_ENDS } from './streams/live-sessions.js';

/**
 * What the rooms count about calls, as plain numbers since the start of the
 * process; the metrics page reads them at each scrape. Nothing here throws,
 * waits or allocates per frame. Labels never hold ids or phone numbers.
 */
export class CallMetrics {
  /**
   * Callbacks that were recorded, by what they did; `status` is the event's status,
   * or its type.
   */
  readonly callbacks = new Tally({
    status: [...CALL_STATUSES, 'stream', 'machine', 'agent', 'other'],
    outcome: ['applied', 'duplicate', 'late'],
  });
  /** Requests to dial; each attempt counts. */
  readonly dials = new Tally({ provider: null, result: null });
  readonly dialSeconds = new Histogram(
    'patchbay_dial_duration_seconds',
    'How long carriers took to answer a request to dial.',
    [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10],
  );
  /** Calls that wait in our queue to be dialled. */
  dialsWaiting = 0;
  /** Requests to end a call. */
  readonly hangUps = new Tally({ provider: null, result: null });
  readonly streamsEnded = new Tally({ cause: SESSION_ENDS });
  /** From the accepted upgrade until the agent hears the caller. */
  readonly streamSetupSeconds = new Histogram(
    'patchbay_stream_setup_seconds',
    'From the accepted upgrade of a media stream until the agent hears the caller.',
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  );
  /** How late each tick of the play-out was. */
  readonly tickLateness = new MillisecondCounts();
  readonly agentFailures = new Tally({ agent: null });
  /** What callers who talked, or seemed to talk, over an agent did to it. */
  readonly interruptions = new Tally({
    step: ['paused', 'given_up', 'nothing', 'undecided', 'no_media'],
  });
  /** Windows of 32 ms that the voice model heard, and its time for them. */
  voiceWindows = 0;
  voiceModelMs = 0;
  /** How often the voice model had no time, and the pitch decided. */
  voiceModelRefused = 0;
  /** Samples of audio written to recordings; one sample covers both sides. */
  recordedSamples = 0;
  recordingsFailed = 0;
  /** Requests to the server that transcribes recordings, and the audio that it was sent, in seconds. */
  readonly transcriptionRequests = new Tally({ result: ['done', 'failed'] });
  transcriptionSeconds = 0;
  /** Attempts to deliver an event to an endpoint. */
  readonly deliveries = new Tally({ result: ['delivered', 'failed', 'dead'] });
}
