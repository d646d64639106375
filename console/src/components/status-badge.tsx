import { outcomeWords } from '../words/end-reasons.js';
import { Badge } from './badge.js';

/** The status of a call, or how it ended. */
export function StatusBadge({ call }: { call: { status: string; end_reason: string | null } }) {
  return <Badge words={outcomeWords(call)} data-status={call.status} />;
}
