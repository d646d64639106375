import type { Refusal } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { exactTime } from '../words/time.js';
import { refusalText } from '../words/refusals.js';

/** Refused requests about this call. Shows nothing if there were none. */
export function Refusals({ refusals }: { refusals: readonly Refusal[] }) {
  if (refusals.length === 0) return null;
  return (
    <section aria-labelledby="refusals">
      <h2 id="refusals">{m.call.refusedRequests}</h2>
      <ol class="timeline">
        {refusals.map((refusal) => (
          <li key={refusal.refusal_id} class="bad">
            <time dateTime={refusal.refused_at}>{exactTime(refusal.refused_at)}</time>
            <div>
              {refusalText(refusal.surface, refusal.reason)}
              <p>{fill(m.call.answeredWithTheCallWas, { httpStatus: refusal.http_status })}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
