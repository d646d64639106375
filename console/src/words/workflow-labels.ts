/** The fields of a workflow, by the API's names. */
export const WORKFLOW_LABELS = {
  name: 'Name',
  agent: 'Agent',
  recording: 'Record it',
  recording_notice: 'Said before anything is recorded',
  transcription: 'Transcribe its recordings, where a server for that is set up',
  barge_in: 'The caller may talk over the agent',
  barge_in_sensitivity: 'How easily',
  barge_in_echo: 'The agent’s own echo on the line',
  turn_silence_ms: 'Silence that ends the caller’s turn, in milliseconds',
  on_failure: 'Said when the agent fails',
  on_resume: 'Said when the call goes on after an interruption',
  on_machine: 'When a machine answers',
  transfer_targets: 'People to whom the agent may transfer calls',
};
