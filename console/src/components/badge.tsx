import type { StatusWords } from '../words/statuses.js';

interface BadgeProps {
  words: StatusWords;
  /** What it stands for, as an attribute of the page. */
  [data: `data-${string}`]: string;
}

/** A state by word, shape and colour together. */
export function Badge({ words: { text, tone, shape }, ...data }: BadgeProps) {
  return (
    <span class={`badge ${tone}`} {...data}>
      <span class="shape" aria-hidden="true">
        {shape}
      </span>
      {text}
    </span>
  );
}
