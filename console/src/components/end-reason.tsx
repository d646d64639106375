import type { CallDetail } from '../api/types.js';
import { Link } from '../router.js';
import { useSession } from '../session.js';
import { causeOf } from '../words/causes.js';
import { endWords, outcomeWords, sipText } from '../words/end-reasons.js';

/** SIP codes below this one say that all went well. */
const SIP_FAILED = 300;

/** Why the call ended and, if it went wrong, what to look at. Shows nothing while the call is in progress. */
export function EndReason({ call }: { call: CallDetail }) {
  const { session } = useSession();
  if (call.end_reason === null) return null;
  const { sentence, doctor } = endWords(call.end_reason);
  const cause = causeOf(call.end_reason, call.events);
  return (
    <section class={`why ${outcomeWords(call).tone}`} aria-labelledby="why">
      <h2 id="why">Why it ended</h2>
      <p>
        {sentence}
        {call.sip_code === null || call.sip_code < SIP_FAILED
          ? null
          : ` The carrier’s code: ${sipText(call.sip_code)}.`}
      </p>
      {cause ? <p class="cause">{cause}</p> : null}
      {doctor && session?.administrator ? (
        <p>
          <Link to={`doctor?check=${doctor.check}`}>{doctor.text}</Link>
        </p>
      ) : null}
    </section>
  );
}
