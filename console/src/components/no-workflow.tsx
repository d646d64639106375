import { Link } from '../router.js';

/** In place of a form that needs one. */
export function NoWorkflow() {
  return (
    <p class="empty">
      There is no workflow yet, and so no agent that could talk.{' '}
      <Link to="workflows/new">Make the first one</Link>
    </p>
  );
}
