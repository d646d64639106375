import { outcomeWords } from '../words/end-reasons.js';

/** What a call is at this moment, or what became of it. */
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
