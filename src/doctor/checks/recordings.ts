import { RecordingStoreError } from '../../calls/recordings/recording-store.js';
import type { Recordings } from '../../calls/recordings/recordings.js';
import { asSentence } from '../../shared/sentence.js';
import { down, up, warn, type Check } from '../check.js';

/** A segment is put within this time on a line that carries a call. */
const WARN_MS = 5_000;

/** Can recordings be put, read and erased where they are kept? */
export const recordingsCheck: Check<{
  /** `waiting`: null where nobody knows. */
  recordings: Pick<Recordings, 'store'> & { waiting: number | null };
}> = {
  name: 'recordings',
  title: 'The store of recordings',
  group: 'Set-up',
  // Each of its three requests may take half a minute.
  limitMs: () => 100_000,
  async look({ recordings }) {
    const { title } = recordings.store;
    const began = performance.now();
    const detail = { kept_in: title, segments_waiting: recordings.waiting };
    try {
      await recordings.store.probe();
    } catch (error) {
      if (!(error instanceof RecordingStoreError)) throw error;
      return down(
        asSentence(`${title}: ${error.message}`),
        'Mend RECORDINGS_URL, S3_ENDPOINT and the AWS_ variables, or what the key may do: put, get and delete objects. Recordings wait on this disk until then.',
        detail,
      );
    }
    const tookMs = Math.round(performance.now() - began);
    const seen = `${title} takes, returns and erases a recording within ${tookMs} ms.`;
    const all = { ...detail, took_ms: tookMs };
    return tookMs < WARN_MS
      ? up(seen, all)
      : warn(seen, 'Use a bucket that is nearer: recordings pile up on this disk.', all);
  },
};
