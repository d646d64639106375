import { m } from '../messages/first.js';
import { useSession } from '../session.js';
import { rich } from './rich.js';

/** Shown on every page while calls are made at the simulated carrier. */
export function SimulatedBar() {
  const { session } = useSession();
  if (!session?.simulated) return null;
  return (
    <aside class="simulated-bar" aria-label={m.shell.simulatedCalls}>
      <p>
        {rich(m.shell.callsAreSimulatedAndNever, {
          marks: { strong: (text) => <strong>{text}</strong>, code: (text) => <code>{text}</code> },
        })}
      </p>
    </aside>
  );
}

/** Shown beside the status of a call that was made at the simulated carrier, whichever carrier is in use now. */
export function SimulatedMark({ simulated }: { simulated: boolean }) {
  return simulated ? <span class="simulated">{m.shell.simulated}</span> : null;
}
