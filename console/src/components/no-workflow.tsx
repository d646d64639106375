import { m } from '../messages/all.js';
import { Link } from '../router.js';
import { rich } from './rich.js';

/** Replaces a form that needs a workflow when there is none. */
export function NoWorkflow() {
  return (
    <p class="empty">
      {rich(m.workflows.thereIsNoWorkflowYet, {
        marks: { link: (text) => <Link to="workflows/new">{text}</Link> },
      })}
    </p>
  );
}
