import type { LiveCall } from '../api/types.js';
import { fill } from '../messages/fill.js';
import { m } from '../messages/first.js';
import { gradeOf } from '../words/grades.js';
import { millisText } from '../words/time.js';

/** A pause longer than this is mentioned. Frames come every 20 ms. */
const SILENT_MS = 2_000;

interface StreamStateProps {
  call: LiveCall;
  /** Whether to say which instance has the stream. */
  withInstance: boolean;
}

/** Whether audio flows, how well, and where. */
export function StreamState({ call, withInstance }: StreamStateProps) {
  const { stream } = call;
  if (!call.streaming) return <span class="faint">{m.calls.noStream}</span>;
  const jitter = stream?.quality?.['jitter_ms'];
  if (stream && stream.silent_ms > SILENT_MS) {
    return (
      <span class="warn">
        {fill(m.calls.nothingHeardFor, { time: millisText(stream.silent_ms) })}
      </span>
    );
  }
  return (
    <span>
      <span aria-hidden="true">≋ </span>
      {m.calls.streaming}
      {withInstance && call.instance !== null
        ? ` ${fill(m.calls.atInstance, { instance: call.instance })}`
        : ''}
      {typeof jitter === 'number' ? `, ${jitterText(jitter)}` : ''}
    </span>
  );
}

/** How good it is, is said where it is not good: there is little room. */
function jitterText(jitterMs: number): string {
  const { grade = 'good' } = gradeOf('jitter_ms', jitterMs, {}) ?? {};
  return fill(m.calls.jitter[grade], { jitter: millisText(jitterMs) });
}
