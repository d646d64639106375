import type { ChatMessage, ToolCall } from './chat-server.js';
import type { Sentence } from './sentence.js';

/** One thing of a conversation, as another process is told it. */
export interface Remembered {
  role: 'user' | 'assistant' | 'system';
  text: string;
}

type Entry =
  | { kind: 'text'; role: 'user' | 'system' | 'assistant'; text: string }
  /** What is said, as far as it is heard. */
  | { kind: 'said'; sentences: readonly Sentence[]; uses: readonly Use[] };

export interface Use {
  call: ToolCall;
  outcome: string;
}

/** How much is remembered, as JSON: it must fit into a snapshot beside the rest. */
const MAX_BYTES = 24 * 1024;

/** What was said on a call, for the chat model: of its own words those that the caller has heard. */
export class Dialogue {
  private entries: Entry[] = [];

  add(role: 'user' | 'system' | 'assistant', text: string): void {
    this.entries.push({ kind: 'text', role, text });
  }

  /**
   * The model's words, which are perhaps still being heard, and the tools that it used after them.
   * @param sentences may grow and be cut off
   * @param uses may come later
   */
  said(sentences: readonly Sentence[], uses: readonly Use[]): void {
    this.entries.push({ kind: 'said', sentences, uses });
  }

  /** @param note for this request alone, after all that was said */
  messages(instructions: string, note: string | null = null): ChatMessage[] {
    return [
      { role: 'system', content: instructions },
      ...this.entries.flatMap((entry): ChatMessage[] => {
        if (entry.kind === 'text') return [{ role: entry.role, content: entry.text }];
        const content = textOf(entry.sentences);
        if (entry.uses.length === 0) return content === '' ? [] : [{ role: 'assistant', content }];
        return [
          {
            role: 'assistant',
            content: content === '' ? null : content,
            tool_calls: entry.uses.map(({ call }) => ({
              id: call.id,
              type: 'function',
              function: { name: call.name, arguments: call.arguments },
            })),
          },
          ...entry.uses.map(({ call, outcome }) => ({
            role: 'tool' as const,
            tool_call_id: call.id,
            content: outcome,
          })),
        ];
      }),
      ...(note === null ? [] : [{ role: 'system' as const, content: note }]),
    ];
  }

  /** The newest that fit, oldest first, without the sentences of `unheard`, which are handed over apart. */
  remembered(unheard: ReadonlySet<Sentence>): Remembered[] {
    const all = this.entries.flatMap((entry): Remembered[] => {
      if (entry.kind === 'text') return [{ role: entry.role, text: entry.text }];
      const text = textOf(entry.sentences.filter((one) => !unheard.has(one)));
      return [
        { role: 'assistant' as const, text },
        ...entry.uses.map(({ call, outcome }) => ({
          role: 'system' as const,
          text: `[You used ${call.name} with ${call.arguments}: ${outcome}]`,
        })),
      ].filter((one) => one.text !== '');
    });
    let bytes = 0;
    const from = all.findLastIndex(({ text }) => {
      bytes += Buffer.byteLength(JSON.stringify(text)) + 50;
      return bytes > MAX_BYTES;
    });
    return all.slice(from + 1);
  }
}

/** What the caller has heard, or will have. */
export function textOf(sentences: readonly Sentence[]): string {
  return sentences
    .map((one) => one.heardText)
    .filter((text) => text !== '')
    .join(' ');
}
