import { useSession } from '../session.js';

/** Shown on every page while calls are made at the simulated carrier. */
export function SimulatedBar() {
  const { session } = useSession();
  if (!session?.simulated) return null;
  return (
    <aside class="simulated-bar" aria-label="Simulated calls">
      <p>
        <strong>Calls are simulated and never leave this machine.</strong> For real ones set{' '}
        <code>TWILIO_ACCOUNT_SID</code>, <code>TWILIO_AUTH_TOKEN</code> and{' '}
        <code>TWILIO_FROM_NUMBERS</code> and restart, or user 1 makes an account under Accounts.
      </p>
    </aside>
  );
}

/** Shown beside the status of a call that was made at the simulated carrier, whichever carrier is in use now. */
export function SimulatedMark({ simulated }: { simulated: boolean }) {
  return simulated ? <span class="simulated">simulated</span> : null;
}
