import { firstOf } from '../models/heard-text.js';

/** One thing that was said in a conversation with a model, or that it was told. */
export interface Remembered {
  role: 'user' | 'assistant' | 'system';
  text: string;
}

interface Item extends Remembered {
  id: string;
  /** It was cut off: what still comes of its text was not heard. */
  isCut: boolean;
}

/** How much is remembered, as JSON: it must fit into a snapshot beside the rest. */
const MAX_BYTES = 24 * 1024;

/**
 * What was said in a conversation, as text, for a new session to go on from. The oldest is forgotten
 * when it becomes too much.
 */
export class RealtimeMemory {
  private items: Item[] = [];

  add(id: string, role: Remembered['role'], text = ''): void {
    this.items.push({ id, role, text, isCut: false });
  }

  /** More of what the model says. */
  said(id: string, text: string): void {
    const item = this.find(id);
    if (!item) this.add(id, 'assistant', text);
    else if (!item.isCut) item.text += text;
  }

  /** What the caller has said, known some time after it was heard. */
  heard(id: string, text: string): void {
    const item = this.find(id);
    if (item) item.text = text;
  }

  /** So much of what the model said was heard, from 0 to 1; none of the rest. */
  cut(id: string, share: number): void {
    const item = this.find(id);
    if (!item) return;
    item.text = firstOf(item.text, share);
    item.isCut = true;
  }

  /** The newest that fit, oldest first; nothing is remembered any more. */
  takeAll(): ReadonlyArray<Remembered & { id: string }> {
    this.forgetOldest();
    const { items } = this;
    this.items = [];
    return items.filter(({ text }) => text !== '');
  }

  textOf(id: string): string {
    return this.find(id)?.text ?? '';
  }

  /** The newest that fit, without those of `ids`, oldest first. */
  all(ids: ReadonlySet<string> = new Set()): Remembered[] {
    this.forgetOldest();
    return this.items
      .filter(({ id, text }) => text !== '' && !ids.has(id))
      .map(({ role, text }) => ({ role, text }));
  }

  private forgetOldest(): void {
    let bytes = 0;
    const from = this.items.findLastIndex(({ text }) => {
      bytes += Buffer.byteLength(JSON.stringify(text)) + 50;
      return bytes > MAX_BYTES;
    });
    this.items.splice(0, from + 1);
  }

  private find(id: string): Item | undefined {
    return this.items.find((item) => item.id === id);
  }
}
