/** The server's events that matter here (OpenAI docs, "Realtime server events"). */
export type ServerEvent =
  /** The session is set up as requested. Null: the server does not say in which format it will send audio. */
  | { kind: 'ready'; outputFormat: string | null }
  | { kind: 'response-begun'; responseId: string }
  /** A response ended in any way; `failure` is a code, null if it did not fail. */
  | { kind: 'response-over'; responseId: string; failure: string | null }
  | { kind: 'audio'; responseId: string; itemId: string; audio: Buffer }
  /** No more audio of this item will come. */
  | { kind: 'audio-over'; itemId: string }
  | { kind: 'tool-call'; callId: string; name: string; args: string }
  | { kind: 'caller-began' }
  | { kind: 'caller-ended' }
  /** What the caller has said is an item now; its text comes later. */
  | { kind: 'caller-item'; itemId: string }
  | { kind: 'caller-text'; itemId: string; text: string }
  /** More of the text of what the model says. */
  | { kind: 'text'; itemId: string; text: string }
  /** `cause` is the id of our message that the error answers; null if the server does not say. */
  | { kind: 'error'; code: string; cause: string | null }
  | { kind: 'ignored' };

interface Told {
  type?: unknown;
  delta?: unknown;
  transcript?: unknown;
  item_id?: unknown;
  response_id?: unknown;
  session?: { audio?: { output?: { format?: { type?: unknown } } } };
  item?: {
    type?: unknown;
    status?: unknown;
    name?: unknown;
    call_id?: unknown;
    arguments?: unknown;
  };
  response?: { id?: unknown; status?: unknown; status_details?: { error?: ToldError } };
  error?: ToldError;
}

interface ToldError {
  type?: unknown;
  code?: unknown;
  param?: unknown;
  event_id?: unknown;
}

/** Never throws. Messages of an unknown shape are ignored. */
export function readServerEvent(message: string): ServerEvent {
  let told: Told | null;
  try {
    told = JSON.parse(message) as Told | null;
  } catch {
    return { kind: 'ignored' };
  }
  switch (told?.type) {
    case 'session.updated':
      return { kind: 'ready', outputFormat: text(told.session?.audio?.output?.format?.type) };
    case 'response.created':
      return { kind: 'response-begun', responseId: text(told.response?.id) ?? '' };
    case 'response.done':
      return {
        kind: 'response-over',
        responseId: text(told.response?.id) ?? '',
        failure:
          told.response?.status === 'failed' ? codeOf(told.response.status_details?.error) : null,
      };
    case 'response.output_audio.delta': {
      const [itemId, delta] = [text(told.item_id), text(told.delta)];
      if (itemId === null || delta === null) return { kind: 'ignored' };
      const responseId = text(told.response_id) ?? '';
      return { kind: 'audio', responseId, itemId, audio: Buffer.from(delta, 'base64') };
    }
    case 'response.output_audio_transcript.delta':
      return { kind: 'text', itemId: text(told.item_id) ?? '', text: text(told.delta) ?? '' };
    case 'response.output_audio.done':
      return { kind: 'audio-over', itemId: text(told.item_id) ?? '' };
    case 'response.output_item.done':
      return readItem(told.item);
    case 'input_audio_buffer.speech_started':
      return { kind: 'caller-began' };
    case 'input_audio_buffer.speech_stopped':
      return { kind: 'caller-ended' };
    case 'input_audio_buffer.committed':
      return { kind: 'caller-item', itemId: text(told.item_id) ?? '' };
    case 'conversation.item.input_audio_transcription.completed': {
      const itemId = text(told.item_id) ?? '';
      return { kind: 'caller-text', itemId, text: text(told.transcript) ?? '' };
    }
    case 'error':
      return { kind: 'error', code: codeOf(told.error), cause: text(told.error?.event_id) };
    default:
      return { kind: 'ignored' };
  }
}

function readItem(item: Told['item']): ServerEvent {
  const callId = text(item?.call_id);
  // A call that was cut off while the model wrote its arguments does not count.
  if (item?.type !== 'function_call' || item.status === 'incomplete' || callId === null) {
    return { kind: 'ignored' };
  }
  const [name, args] = [text(item.name) ?? '', text(item.arguments) ?? ''];
  return { kind: 'tool-call', callId, name, args };
}

/** Codes and names of fields, but never the message, because it quotes the key. */
function codeOf(error: ToldError | null | undefined): string {
  const code = word(error?.code) ?? word(error?.type) ?? 'error';
  const param = word(error?.param);
  return param === null ? code : `${code} (${param})`;
}

function word(value: unknown): string | null {
  return typeof value === 'string' && /^[\w.[\]]{1,64}$/.test(value) ? value : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
