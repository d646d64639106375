import type { Call } from '../api/types.js';
import { Link } from '../router.js';
import { useSession } from '../session.js';
import { endWords, sipText } from '../words/end-reasons.js';

/** Below, a SIP code says that all went well. */
const SIP_FAILED = 300;

/** Why the call ended, and where it went wrong, what to look at. */
export function EndReason({ call }: { call: Call }) {
  const { session } = useSession();
  const { sentence, doctor } = endWords(call.end_reason ?? '');
  return (
    <section class={`why ${doctor ? 'bad' : ''}`} aria-labelledby="why">
      <h2 id="why">Why it ended</h2>
      <p>
        {sentence}
        {call.sip_code === null || call.sip_code < SIP_FAILED
          ? null
          : ` The carrier’s code: ${sipText(call.sip_code)}.`}
      </p>
      {doctor && session?.administrator ? (
        <p>
          <Link to={`doctor?check=${doctor.check}`}>{doctor.text}</Link>
        </p>
      ) : null}
    </section>
  );
}
