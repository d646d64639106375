import { createParser } from 'eventsource-parser';
import { ModelError, ModelServer } from '../models/model-server.js';

const BEGINS_WITHIN_MS = 20_000;
/** Between two pieces of a reply. */
const IDLE_MS = 15_000;
/** Characters of one reply, arguments of tools included. */
const REPLY_MAX = 64 * 1024;

export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
}

/** A message of the conversation, in the form of OpenAI's Chat Completions API. */
export type ChatMessage =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string | null; tool_calls?: object[] }
  | { role: 'tool'; tool_call_id: string; content: string };

export interface ChatOptions {
  model: string;
  temperature?: number;
  maxTokens?: number;
}

/** A piece of the model's answer. */
export type ChatPiece = { text: string } | { toolCalls: readonly ToolCall[] };

interface Delta {
  content?: string | null;
  tool_calls?: Array<{
    index: number;
    id?: string;
    function?: { name?: string; arguments?: string };
  }>;
}

/** A chat model, by streaming completions (OpenAI docs, "Chat Completions", "Streaming"). */
export class ChatServer {
  constructor(
    private readonly server: ModelServer,
    private readonly options: ChatOptions,
  ) {}

  /**
   * The answer as it comes: text, and in the end the tools that the model uses, if any.
   *
   * @param tools in the form of the API; empty: the model can only speak
   * @throws ModelError; the signal's reason where it was aborted
   */
  async *answer(
    messages: readonly ChatMessage[],
    tools: readonly object[],
    signal: AbortSignal,
  ): AsyncGenerator<ChatPiece> {
    const { model, temperature, maxTokens } = this.options;
    const body = JSON.stringify({
      model,
      messages,
      stream: true,
      ...(temperature === undefined ? {} : { temperature }),
      ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
      ...(tools.length === 0 ? {} : { tools }),
    });
    const reply = await this.server.post({
      path: 'chat/completions',
      contentType: 'application/json',
      body,
      beginsWithinMs: BEGINS_WITHIN_MS,
      signal,
    });
    reply.setEncoding('utf8');
    reply.setTimeout(IDLE_MS, () => {
      reply.destroy(new ModelError('the chat server fell silent in the midst of its answer', null));
    });
    const deltas: Delta[] = [];
    const calls: ToolCall[] = [];
    let length = 0;
    const parser = createParser({ onEvent: ({ data }) => take(data, deltas) });
    try {
      for await (const text of reply as AsyncIterable<string>) {
        length += text.length;
        if (length > REPLY_MAX * 16)
          throw new ModelError('the answer of the chat server is endless', null);
        parser.feed(text);
        for (const { content, tool_calls: used = [] } of deltas.splice(0)) {
          if (content) yield { text: content };
          for (const one of used) add(calls, one);
        }
      }
    } catch (error) {
      throw this.server.broken(error, signal);
    } finally {
      reply.destroy();
    }
    if (calls.length > 0) yield { toolCalls: calls };
  }
}

/** @throws ModelError for an error that comes in place of the rest */
function take(data: string, deltas: Delta[]): void {
  if (data === '[DONE]') return;
  let told: { choices?: Array<{ delta?: Delta }>; error?: { message?: unknown } };
  try {
    told = JSON.parse(data) as typeof told;
  } catch {
    throw new ModelError('the chat server sends something else than JSON', null);
  }
  if (told.error) {
    const { message } = told.error;
    throw new ModelError(`the chat server broke off: ${String(message).slice(0, 200)}`, null);
  }
  // The last chunk has none, where usage was asked for.
  const delta = told.choices?.[0]?.delta;
  if (delta) deltas.push(delta);
}

/** Arguments come in pieces, by the number of the use. */
function add(calls: ToolCall[], piece: NonNullable<Delta['tool_calls']>[number]): void {
  const { index, id, function: told } = piece;
  if (!Number.isInteger(index) || index < 0 || index > 31) return;
  const call = (calls[index] ??= { id: '', name: '', arguments: '' });
  if (id) call.id = id;
  if (told?.name) call.name += told.name;
  if (told?.arguments) call.arguments = (call.arguments + told.arguments).slice(0, REPLY_MAX);
}
