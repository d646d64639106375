import type { Remembered, RealtimeMemory } from './realtime-memory.js';
import type { ToolOutcome } from '../models/model-tools.js';
import type { CutItem } from './spoken-items.js';

/** What the model is told of its conversation beside the caller's audio; it is remembered too. */
export class ConversationItems {
  private created = 0;

  constructor(
    private readonly send: (message: object) => void,
    private readonly memory: RealtimeMemory,
  ) {}

  /** @returns the id of the item; the model is told nothing if there is no text */
  message(role: Remembered['role'], text: string): string {
    this.created += 1;
    const id = `told_${this.created}`;
    this.memory.add(id, role, text);
    const type = role === 'assistant' ? 'output_text' : 'input_text';
    if (text !== '') this.create({ id, type: 'message', role, content: [{ type, text }] });
    return id;
  }

  /** Tells a new session all that was said. Returns its ids by those of before. */
  retell(): ReadonlyMap<string, string> {
    const before = this.memory.takeAll();
    return new Map(before.map(({ id, role, text }) => [id, this.message(role, text)]));
  }

  /** What became of a tool that the model has used. */
  outcome(callId: string, outcome: ToolOutcome): void {
    const output = JSON.stringify(outcome);
    this.create({ type: 'function_call_output', call_id: callId, output });
  }

  /** The caller has heard no more of what the model said. Returns what was heard. */
  truncate({ itemId, isTold, heardMs, share }: CutItem): string {
    const before = this.memory.textOf(itemId);
    this.memory.cut(itemId, share);
    const text = this.memory.textOf(itemId);
    if (isTold) {
      if (text !== before) this.shorten(itemId, text);
      return text;
    }
    this.send({
      type: 'conversation.item.truncate',
      item_id: itemId,
      content_index: 0,
      audio_end_ms: Math.floor(heardMs),
    });
    return text;
  }

  /** The model has said less in an earlier session than it was told by this item. */
  shorten(id: string, text: string): void {
    this.memory.cut(id, 0);
    this.send({ type: 'conversation.item.delete', item_id: id });
    this.message('assistant', text);
  }

  private create(item: object): void {
    this.send({ type: 'conversation.item.create', item });
  }
}
