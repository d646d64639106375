import type { StatusWords } from '../words/statuses.js';

/** A state by word, shape and colour together. */
export function Badge({ words: { text, tone, shape } }: { words: StatusWords }) {
  return (
    <span class={`badge ${tone}`}>
      <span class="shape" aria-hidden="true">
        {shape}
      </span>
      {text}
    </span>
  );
}
