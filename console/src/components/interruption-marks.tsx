import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { marksText, type InterruptionMark } from '../words/interruption-marks.js';

/**
 * Where the agent paused or stopped for the caller, as a strip below a waveform of the same width. The timeline says the
 * same to whoever does not see it.
 * @param seconds the length of the recording
 */
export function InterruptionMarks({
  marks,
  seconds,
}: {
  marks: InterruptionMark[];
  seconds: number;
}) {
  const percent = (at: number): string => `${(100 * Math.min(1, at / seconds)).toFixed(3)}%`;
  if (marks.length === 0 || seconds === 0) return null;
  return (
    <>
      <div class="interruption-marks" aria-hidden="true">
        {marks.map(({ kind, from, to, text }) => (
          <span
            key={`${kind}-${from}`}
            class={kind}
            title={text}
            style={{ left: percent(from), width: percent(to - from) }}
          />
        ))}
      </div>
      <p class="interruption-text">{fill(m.recording.marked, { marks: marksText(marks) })}</p>
    </>
  );
}
