import type { AgentCall, Utterance } from '../agent.js';

/** Items whose beginnings are remembered; further ones began when their text came. */
const REMEMBERED_MAX = 100;

/**
 * Tells the call's transcript what the caller has said, once the server has written it down
 * (`transcription_model`), and what was heard of the model.
 */
export class RealtimeTranscript {
  /** When the caller began, by item, and the agent, by utterance; monotonic milliseconds. */
  private readonly callerAt = new Map<string, number>();
  private readonly agentAt = new Map<number, number>();

  constructor(private readonly call: AgentCall) {}

  callerBegan(itemId: string): void {
    remember(this.callerAt, itemId, performance.now());
  }

  callerSaid(itemId: string, text: string): void {
    this.tell('caller', text, taken(this.callerAt, itemId));
  }

  /** Nothing was written to it yet. */
  agentBegins({ id }: Utterance): void {
    remember(this.agentAt, id, performance.now() + this.call.waitingMs);
  }

  /** @param text what was heard of it */
  agentSaid(utteranceId: number, text: string): void {
    this.tell('agent', text, taken(this.agentAt, utteranceId));
  }

  /** What was heard of an earlier session, in all `lengthMs`, the last of it just now. */
  tailSaid(texts: readonly string[], lengthMs: number): void {
    this.tell('agent', texts.join(' '), performance.now() - lengthMs);
  }

  private tell(speaker: 'caller' | 'agent', text: string, at: number | undefined): void {
    if (text === '') return;
    const now = performance.now();
    this.call.transcript({ speaker, text, final: true, agoMs: Math.max(0, now - (at ?? now)) });
  }
}

function remember<Key>(times: Map<Key, number>, key: Key, at: number): void {
  const [oldest] = times.keys();
  if (times.size >= REMEMBERED_MAX && oldest !== undefined) times.delete(oldest);
  if (!times.has(key)) times.set(key, at);
}

function taken<Key>(times: Map<Key, number>, key: Key): number | undefined {
  const at = times.get(key);
  times.delete(key);
  return at;
}
