import { ApiProblem, send } from '../api/http.js';
import { pause } from '../api/back-off.js';
import type { CallEvent } from '../api/types.js';
import type { Playback } from '../audio/playback.js';
import { useQuery } from '../hooks.js';
import { m } from '../messages/all.js';
import { interruptionMarks } from '../words/interruption-marks.js';
import { ErrorNotice } from './notice.js';
import { Waveform } from './waveform.js';

interface RecordingProps {
  /** The path of the recording, below the service's root. */
  call: string;
  ended: boolean;
  /** What the workflow says now. The call may have been made under another setting. */
  recorded: boolean;
  events: readonly CallEvent[];
  playback: Playback;
}

/** The file is closed a moment after the call's last event. */
const CLOSED_AFTER_MS = 500;

/** Shows nothing if there is no recording. */
export function Recording({ call, ended, recorded, events, playback }: RecordingProps) {
  const path = `${call}/recording`;
  const { data: there, error } = useQuery<boolean>({
    queryKey: [call, 'recording'],
    enabled: ended,
    queryFn: async ({ signal }) => {
      await pause(CLOSED_AFTER_MS);
      return isThere(path, signal);
    },
  });
  if (!there && !recorded && !error) return null;
  return (
    <section aria-labelledby="recording">
      <h2 id="recording">{m.recording.recording}</h2>
      <ErrorNotice error={error} />
      {there ? (
        <Waveform path={path} marks={interruptionMarks(events)} playback={playback} />
      ) : null}
      {there === false ? <p class="empty">{m.recording.thisCallHasNoRecording}</p> : null}
      {ended ? null : <p class="empty">{m.recording.theRecordingCanBeHeard}</p>}
    </section>
  );
}

async function isThere(path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await send('GET', path, { signal, headers: { range: 'bytes=0-3' } });
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return false;
    throw error;
  }
}
