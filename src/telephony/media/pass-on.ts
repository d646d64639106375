import type { CallRun } from '../../calls/ledger/call-run.js';
import { snapshotOf, type Workflow } from '../../tenants/workflows.js';
import type { SessionServices } from './session-services.js';

type PassOnServices = Pick<SessionServices, 'ledger' | 'workflows' | 'agents' | 'log'>;

/**
 * Has another workflow of the same user go on with a call, in the ledger; then its agent is to be asked. What
 * stands against it is in the timeline. Never rejects.
 *
 * @returns the run with that workflow's agent and options; null: the call stays with the workflow that has it
 */
export async function passOn(
  run: CallRun,
  workflowId: number,
  services: PassOnServices,
): Promise<CallRun | null> {
  try {
    const found = await workflowFor(run, workflowId, services);
    const passed =
      typeof found === 'string'
        ? found
        : await services.ledger.passOn(run, workflowId, snapshotOf(found));
    if (typeof passed !== 'string') return passed;
    const detail = { agent: 'not_passed_on', to_workflow_id: workflowId, reason: passed };
    await services.ledger.noteAgent(run, detail);
  } catch (error) {
    services.log.warn('call.not_passed_on', { workflow_run_id: run.runId, error });
  }
  return null;
}

async function workflowFor(
  run: CallRun,
  workflowId: number,
  { workflows, agents }: PassOnServices,
): Promise<Workflow | 'no_such_workflow' | 'agent_cannot_answer'> {
  const isId = Number.isSafeInteger(workflowId) && workflowId > 0;
  const workflow = isId ? await workflows.findOwned(run.userId, workflowId) : null;
  if (!workflow) return 'no_such_workflow';
  const problems = await agents.problemsWith(workflow.agent, workflow.agentOptions, run.userId);
  return problems.length === 0 ? workflow : 'agent_cannot_answer';
}
