import type { Agent, Workflow } from '../api/types.js';
import { m } from '../messages/all.js';
import { Link } from '../router.js';
import { workflowTrouble } from '../words/agents.js';

interface WorkflowTroubleProps {
  workflow: Pick<Workflow, 'agent'>;
  agents: readonly Agent[];
}

/** Says of a workflow whose agent is not ready what is missing, and leads to the steps. Else nothing. */
export function WorkflowTrouble({ workflow, agents }: WorkflowTroubleProps) {
  const trouble = workflowTrouble(workflow, agents);
  if (trouble === null) return null;
  return (
    <p class="trouble">
      <span aria-hidden="true">▲</span> {trouble} <Link to="agents">{m.workflows.whatToDo}</Link>
    </p>
  );
}
