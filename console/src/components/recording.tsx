import { useEffect, useState } from 'preact/hooks';
import { send } from '../api/http.js';
import { Waveform } from './waveform.js';

interface RecordingProps {
  runId: number;
  ended: boolean;
  /** What the workflow says now; the call may have been made under another rule. */
  recorded: boolean;
}

/** The file is closed a moment after the call's last event. */
const CLOSED_AFTER_MS = 500;

/** Nothing where there is no recording. */
export function Recording({ runId, ended, recorded }: RecordingProps) {
  const [there, setThere] = useState(false);
  const path = `api/v1/telephony/calls/${runId}/recording`;
  useEffect(() => {
    if (!ended) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      send('GET', path, { signal: abort.signal, headers: { range: 'bytes=0-3' } }).then(
        () => setThere(true),
        () => setThere(false),
      );
    }, CLOSED_AFTER_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [path, ended]);
  if (!there && !recorded) return null;
  return (
    <section aria-labelledby="recording">
      <h2 id="recording">Recording</h2>
      {there ? (
        <Waveform path={path} />
      ) : (
        <p class="empty">
          {ended ? 'There is none of this call.' : 'Can be heard once the call is over.'}
        </p>
      )}
    </section>
  );
}
