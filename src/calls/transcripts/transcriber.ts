import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { TranscriptionSettings } from '../../config/settings.js';
import { unlessUnavailable } from '../../database/store-errors.js';
import { every, type Loop } from '../../shared/every.js';
import { Log } from '../../shared/logger.js';
import { CallMetrics } from '../call-metrics.js';
import { Recordings } from '../recordings/recordings.js';
import { partsOf, readPart } from './recording-part.js';
import { PartTranscriber, type PartResult } from './transcribe-part.js';
import { TranscriptionServer } from './transcription-server.js';
import { TranscriptionQueue, type TranscriptionJob } from './transcription-queue.js';
import { TranscriptionResults } from './transcription-results.js';

const LOOK_EVERY_MS = 1_000;
/** How often a call is tried again, in all, while nothing of it works. */
const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** How long segments of a recording may be on the disk of another instance. */
const STORED_WITHIN_MS = 3_600_000;
const NOT_STORED_PAUSE_MS = 10_000;

/**
 * Completes the transcripts of calls that are over: those that their agents have told are closed; of other
 * calls the recording is transcribed, one call at a time, where there is a server for that.
 */
@Injectable()
export class Transcriber implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loops: Loop[] = [];
  private readonly stopping = new AbortController();
  private readonly parts: PartTranscriber;
  private readonly noteFailed = unlessUnavailable((error) => {
    this.log.error('transcription.failed', { error });
  });

  constructor(
    private readonly queue: TranscriptionQueue,
    private readonly results: TranscriptionResults,
    private readonly recordings: Recordings,
    private readonly settings: TranscriptionSettings,
    private readonly metrics: CallMetrics,
    private readonly log: Log,
  ) {
    this.parts = new PartTranscriber(new TranscriptionServer(settings));
  }

  onApplicationBootstrap(): void {
    this.loops = [true, false].map((ofAgents) =>
      every(LOOK_EVERY_MS, () => this.look(ofAgents), this.noteFailed),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }

  private async look(ofAgents: boolean): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const job = await this.queue.claim(ofAgents);
      if (!job) return;
      try {
        await this.attend(job);
      } catch (error) {
        // Of the store of recordings, as a rule.
        this.log.warn('transcription.put_off', { workflow_run_id: job.runId, error });
        await this.again(job, null);
      }
    }
  }

  private async attend(job: TranscriptionJob): Promise<void> {
    const { runId } = job;
    if (await this.results.isToldByAgent(runId)) {
      await this.results.complete(runId, { by: 'agent' });
      return;
    }
    const recording = this.settings.isOn ? await this.recordings.find(runId) : null;
    if (!recording) {
      await this.results.forget(runId);
      return;
    }
    const isLate = Date.now() - job.createdAt > STORED_WITHIN_MS;
    if (!isLate && !(await this.recordings.isWhole(runId))) {
      await this.queue.postpone(runId, NOT_STORED_PAUSE_MS, job.attempts);
      return;
    }
    const last = partsOf(recording);
    let [requests, seconds] = [job.requests, job.seconds];
    for (let part = job.parts; part < last; part += 1) {
      await this.queue.renew(runId);
      const read = await readPart(recording, part);
      const asked = await this.parts.transcribe(read, this.stopping.signal);
      this.count(asked);
      requests += asked.requests;
      seconds += asked.seconds;
      if (!(await this.take({ ...job, parts: part }, asked, read))) return;
    }
    const figures = { requests, seconds: Math.round(seconds) };
    await this.results.complete(runId, { by: 'recording', ...figures });
  }

  /** Whether it can go on with the next part. */
  private async take(
    job: TranscriptionJob,
    { result, requests, seconds }: PartResult,
    { atMs, speaker }: { atMs: number; speaker: 'caller' | 'agent' },
  ): Promise<boolean> {
    const { runId, parts } = job;
    if (result.kind === 'done') {
      const lines = result.segments.map((one) => ({
        ...one,
        speaker,
        atMs: atMs + one.atMs,
        untilMs: one.untilMs === null ? null : atMs + one.untilMs,
      }));
      return this.results.storePart(runId, parts, lines, { requests, seconds });
    }
    await this.queue.spent(runId, requests, seconds);
    // What a stop has cut off is due at once, here or elsewhere.
    if (this.stopping.signal.aborted) await this.queue.postpone(runId, 0, job.attempts);
    else if (result.kind === 'again') await this.again(job, result);
    else await this.failed(job, result.kind === 'refused' ? result.reason : result.kind);
    return false;
  }

  private async again(
    job: TranscriptionJob,
    failure: { reason: string; afterMs: number | null } | null,
  ): Promise<void> {
    const { runId } = job;
    const reason = failure?.reason ?? 'recording_unavailable';
    const attempts = job.attempts + 1;
    if (attempts >= ATTEMPTS) return this.failed(job, reason);
    const pause = Math.max(FIRST_PAUSE_MS * 3 ** (attempts - 1), failure?.afterMs ?? 0);
    this.log.warn('transcription.again', { workflow_run_id: runId, reason, attempts });
    await this.queue.postpone(runId, Math.min(LONGEST_PAUSE_MS, pause), attempts);
  }

  private async failed({ runId }: TranscriptionJob, reason: string): Promise<void> {
    this.log.error('transcription.given_up', { workflow_run_id: runId, reason });
    await this.results.failed(runId, reason);
  }

  private count({ result, requests, seconds }: PartResult): void {
    if (requests === 0) return;
    this.metrics.transcriptionSeconds += seconds;
    for (let left = requests; left > 0; left -= 1) {
      // The first that fails is the last.
      const hasFailed = left === 1 && result.kind !== 'done';
      this.metrics.transcriptionRequests.add({ result: hasFailed ? 'failed' : 'done' });
    }
  }
}
