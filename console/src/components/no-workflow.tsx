import { Link } from '../router.js';

/** Replaces a form that needs a workflow when there is none. */
export function NoWorkflow() {
  return (
    <p class="empty">
      There is no workflow yet, and so no agent that could talk.{' '}
      <Link to="workflows/new">Make the first one</Link>
    </p>
  );
}
