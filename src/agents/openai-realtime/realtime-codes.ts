/** Errors after which no session will do better: the key, the account or the model. */
const FINAL =
  /^(invalid_api_key|insufficient_quota|billing_\w+|account_\w+|authentication_error|permission_error|model_not_found)\b/;
/** Errors of the server's own, or of the moment. */
const PASSING = /^(server_error|internal\w*|rate_limit\w*|session_expired|timeout|overloaded\w*)\b/;

/** Whether trying again is of no use, whenever the error came. */
export function isFinalCode(code: string): boolean {
  return FINAL.test(code);
}

/** Whether another session may well be set up where this error has refused one. */
export function isPassingCode(code: string): boolean {
  return PASSING.test(code);
}

/** Events of the Realtime API that mean nothing to a telephone call (the types of npm `openai` 7.57). */
const UNNEEDED: ReadonlySet<string> = new Set([
  'conversation.created',
  'conversation.item.added',
  'conversation.item.created',
  'conversation.item.deleted',
  'conversation.item.done',
  'conversation.item.input_audio_transcription.delta',
  'conversation.item.input_audio_transcription.segment',
  'conversation.item.retrieved',
  'conversation.item.truncated',
  'input_audio_buffer.cleared',
  'input_audio_buffer.dtmf_event_received',
  'input_audio_buffer.timeout_triggered',
  'mcp_list_tools.completed',
  'mcp_list_tools.failed',
  'mcp_list_tools.in_progress',
  'output_audio_buffer.cleared',
  'output_audio_buffer.started',
  'output_audio_buffer.stopped',
  'response.content_part.added',
  'response.content_part.done',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.done',
  'response.mcp_call.completed',
  'response.mcp_call.failed',
  'response.mcp_call.in_progress',
  'response.mcp_call_arguments.delta',
  'response.mcp_call_arguments.done',
  'response.output_audio_transcript.done',
  'response.output_item.added',
  'response.output_text.delta',
  'response.output_text.done',
  'session.created',
]);

export function isUnneeded(name: string): boolean {
  return UNNEEDED.has(name);
}
