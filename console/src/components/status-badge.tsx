import { outcomeWords } from '../words/end-reasons.js';

/** The status of a call, or how it ended. */
export function StatusBadge({ call }: { call: { status: string; end_reason: string | null } }) {
  const { text, tone, shape } = outcomeWords(call);
  return (
    <span class={`badge ${tone}`} data-status={call.status}>
      <span class="shape" aria-hidden="true">
        {shape}
      </span>
      {text}
    </span>
  );
}
