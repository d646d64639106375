import { isUnneeded } from './realtime-codes.js';

/** The server's events that matter here (OpenAI docs, "Realtime server events"). */
export type ServerEvent =
  /** The session is set up as requested. Null: the server does not say in which format it will send audio. */
  | {
      kind: 'ready';
      outputFormat: string | null;
      /** When the session ends, in seconds since 1970; null: the server does not say. */
      expiresAt: number | null;
    }
  | { kind: 'response-begun'; responseId: string }
  /**
   * A response ended in any way; `failure` is a code, null if it did not fail. One that was broken
   * off (by its length, or by a filter) is `isIncomplete`.
   */
  | {
      kind: 'response-over';
      responseId: string;
      failure: string | null;
      isIncomplete: boolean;
      /** When it may be asked for again, in milliseconds; null: the server does not say. */
      retryMs: number | null;
    }
  /** A limit is used up for so long, in milliseconds. */
  | { kind: 'limited'; ms: number }
  | { kind: 'audio'; responseId: string; itemId: string; audio: Buffer }
  /** No more audio of this item will come. */
  | { kind: 'audio-over'; itemId: string }
  | { kind: 'tool-call'; responseId: string; callId: string; name: string; args: string }
  /** The item that it will be. */
  | { kind: 'caller-began'; itemId: string }
  | { kind: 'caller-ended' }
  /** What the caller has said is an item now; its text comes later. */
  | { kind: 'caller-item'; itemId: string }
  | { kind: 'caller-text'; itemId: string; text: string }
  /** It has no text. */
  | { kind: 'caller-unheard'; itemId: string }
  /** More of the text of what the model says. */
  | { kind: 'text'; itemId: string; text: string }
  /** `cause` is the id of our message that the error answers; null if the server does not say. */
  | { kind: 'error'; code: string; cause: string | null }
  | { kind: 'ignored' }
  /** An event that is in none of the API's descriptions. */
  | { kind: 'unknown'; name: string };

interface Told {
  type?: unknown;
  delta?: unknown;
  transcript?: unknown;
  item_id?: unknown;
  response_id?: unknown;
  session?: { audio?: { output?: { format?: { type?: unknown } } }; expires_at?: unknown };
  item?: {
    type?: unknown;
    status?: unknown;
    name?: unknown;
    call_id?: unknown;
    arguments?: unknown;
  };
  response?: { id?: unknown; status?: unknown; status_details?: { error?: ToldError } };
  rate_limits?: unknown;
  error?: ToldError;
}

interface ToldError {
  type?: unknown;
  code?: unknown;
  param?: unknown;
  event_id?: unknown;
  message?: unknown;
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
      return readReady(told.session);
    case 'response.created':
      return { kind: 'response-begun', responseId: text(told.response?.id) ?? '' };
    case 'response.done':
      return readDone(told.response);
    case 'rate_limits.updated':
      return readLimits(told.rate_limits);
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
      return readItem(told.item, text(told.response_id) ?? '');
    case 'input_audio_buffer.speech_started':
      return { kind: 'caller-began', itemId: text(told.item_id) ?? '' };
    case 'input_audio_buffer.speech_stopped':
      return { kind: 'caller-ended' };
    case 'input_audio_buffer.committed':
      return { kind: 'caller-item', itemId: text(told.item_id) ?? '' };
    case 'conversation.item.input_audio_transcription.completed': {
      const itemId = text(told.item_id) ?? '';
      return { kind: 'caller-text', itemId, text: text(told.transcript) ?? '' };
    }
    case 'conversation.item.input_audio_transcription.failed':
      return { kind: 'caller-unheard', itemId: text(told.item_id) ?? '' };
    case 'error':
      return { kind: 'error', code: codeOf(told.error), cause: text(told.error?.event_id) };
    default: {
      const name = word(told?.type);
      return name === null || isUnneeded(name) ? { kind: 'ignored' } : { kind: 'unknown', name };
    }
  }
}

function readReady(session: Told['session']): ServerEvent {
  const { audio, expires_at: expiresAt } = session ?? {};
  return {
    kind: 'ready',
    outputFormat: text(audio?.output?.format?.type),
    expiresAt: typeof expiresAt === 'number' ? expiresAt : null,
  };
}

function readDone(response: Told['response']): ServerEvent {
  const { id, status, status_details: details } = response ?? {};
  const hasFailed = status === 'failed';
  return {
    kind: 'response-over',
    responseId: text(id) ?? '',
    failure: hasFailed ? codeOf(details?.error) : null,
    isIncomplete: status === 'incomplete',
    retryMs: hasFailed ? retryMsOf(text(details?.error?.message)) : null,
  };
}

/** The pause in "Please try again in 1.2s." Nothing else of a message is looked at. */
function retryMsOf(message: string | null): number | null {
  const [, figure, unit] = /try again in (\d{1,6}(?:\.\d{1,6})?)(ms|s)\b/.exec(message ?? '') ?? [];
  return figure === undefined ? null : Number(figure) * (unit === 'ms' ? 1 : 1_000);
}

function readLimits(limits: unknown): ServerEvent {
  if (!Array.isArray(limits)) return { kind: 'ignored' };
  const seconds = limits.map((one: { remaining?: unknown; reset_seconds?: unknown } | null) =>
    one?.remaining === 0 && typeof one.reset_seconds === 'number' ? one.reset_seconds : 0,
  );
  return { kind: 'limited', ms: Math.max(0, ...seconds) * 1_000 };
}

function readItem(item: Told['item'], responseId: string): ServerEvent {
  const callId = text(item?.call_id);
  // A call that was cut off while the model wrote its arguments does not count.
  if (item?.type !== 'function_call' || item.status === 'incomplete' || callId === null) {
    return { kind: 'ignored' };
  }
  const [name, args] = [text(item.name) ?? '', text(item.arguments) ?? ''];
  return { kind: 'tool-call', responseId, callId, name, args };
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
