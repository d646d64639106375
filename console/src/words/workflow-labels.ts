import { m } from '../messages/all.js';

/** The fields of a workflow, by the API's names. */
export const WORKFLOW_LABELS = {
  name: m.common.name,
  agent: m.workflows.agent,
  recording: m.workflows.recordIt,
  recording_notice: m.workflows.saidBeforeAnythingIsRecorded,
  transcription: m.workflows.transcribeItsRecordingsWhereA,
  barge_in: m.workflows.theCallerMayTalkOver,
  barge_in_sensitivity: m.workflows.howEasily,
  barge_in_echo: m.workflows.theAgentsOwnEchoOn,
  turn_silence_ms: m.workflows.silenceThatEndsTheCallers,
  on_failure: m.workflows.saidWhenTheAgentFails,
  on_resume: m.workflows.saidWhenTheCallGoes,
  on_wait: m.workflows.whileTheAgentTakesLong,
  on_machine: m.workflows.whenAMachineAnswers,
  transfer_targets: m.workflows.peopleToWhomTheAgent,
};
