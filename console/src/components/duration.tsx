import type { Call } from '../api/types.js';
import { useNow } from '../hooks.js';
import { durationText } from '../words/time.js';

/** How long the call has been connected. Ticks while the call is in progress. */
export function Duration({ call }: { call: Call }) {
  if (call.duration_seconds !== null) return <>{durationText(call.duration_seconds)}</>;
  if (call.ended_at !== null || call.answered_at === null) return <span class="faint">–</span>;
  return <Ticking since={call.answered_at} />;
}

function Ticking({ since }: { since: string }) {
  const now = useNow();
  return <>{durationText((now - Date.parse(since)) / 1000)}</>;
}
