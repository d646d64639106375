import type { AgentRegistry } from '../../agents/agent-registry.js';
import type { Workflow } from '../../tenants/workflows.js';

/** A workflow as our API shows it, without its secret options. */
export function workflowJson(workflow: Workflow, agents: AgentRegistry) {
  return {
    workflow_id: workflow.workflowId,
    user_id: workflow.userId,
    version: workflow.version,
    name: workflow.name,
    agent: workflow.agent,
    agent_options: agents.shownOf(workflow.agent, workflow.agentOptions),
    recording: workflow.recording,
    recording_notice: workflow.recordingNotice,
    barge_in: workflow.bargeIn,
    barge_in_sensitivity: workflow.bargeInSensitivity,
    barge_in_echo: workflow.bargeInEcho,
    turn_silence_ms: workflow.turnSilenceMs,
    transcription: workflow.transcription,
    on_failure: workflow.onFailure,
    on_resume: workflow.onResume,
    on_wait: workflow.onWait,
    routes: workflow.routes,
    on_machine: workflow.onMachine,
    transfer_targets: workflow.transferTargets ?? [],
    created_at: workflow.createdAt.toISOString(),
    updated_at: workflow.updatedAt.toISOString(),
  };
}
