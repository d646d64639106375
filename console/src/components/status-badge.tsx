import { statusWords } from '../words/statuses.js';

export function StatusBadge({ status }: { status: string }) {
  const { text, tone, shape } = statusWords(status);
  return (
    <span class={`badge ${tone}`} data-status={status}>
      <span class="shape" aria-hidden="true">
        {shape}
      </span>
      {text}
    </span>
  );
}
