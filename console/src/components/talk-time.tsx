import { useNow } from '../hooks.js';
import { durationText } from '../words/time.js';

/** How long the call has been connected. Ticks. */
export function TalkTime({ since }: { since: number }) {
  const now = useNow();
  return <p class="duration">{durationText((now - since) / 1000)}</p>;
}
