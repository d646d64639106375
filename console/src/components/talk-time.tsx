import { useNow } from '../hooks.js';
import { durationText } from '../words/time.js';

/** How long one has been talking; ticks. */
export function TalkTime({ since }: { since: number }) {
  const now = useNow();
  return <p class="duration">{durationText((now - since) / 1000)}</p>;
}
