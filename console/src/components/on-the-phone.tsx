import { m } from '../messages/first.js';
import { PHONE_STATES } from '../phone/use-phone.js';
import { useThisPhone } from '../phone/phone-context.js';
import { Link, useRouter } from '../router.js';
import { TalkTime } from './talk-time.js';

/** Says on every page but the telephone's own that a call rings or is in progress. */
export function OnThePhone() {
  const { path } = useRouter();
  const phone = useThisPhone();
  const quiet = phone.state === 'idle' || phone.state === 'ended';
  if (quiet || path === 'phone') return null;
  return (
    <section class="on-the-phone" aria-label={m.line.yourTelephone}>
      <p role="status">{PHONE_STATES[phone.state]}</p>
      {phone.answeredAt === null ? null : <TalkTime since={phone.answeredAt} />}
      <div class="actions">
        <Link to="phone" class="button">
          {m.line.toThePhone}
        </Link>
        <button type="button" class="danger" onClick={phone.hangUp}>
          {phone.state === 'ringing' ? m.line.decline : m.common.hangUp}
        </button>
      </div>
    </section>
  );
}
