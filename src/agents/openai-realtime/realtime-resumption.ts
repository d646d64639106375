import type { AgentCall, Interruption, Utterance } from '../agent.js';
import { heardOf, type HalfHeard } from '../models/heard-text.js';
import type { RealtimeMemory, Remembered } from './realtime-memory.js';
import { lengthMsOf, type Spoken } from './spoken-items.js';

/** What another process goes on from. Instructions, voice and tools are in the workflow's options. */
export interface RealtimeState {
  items: Remembered[];
  /** What was being said, oldest first. */
  halfHeard: HalfHeard[];
  /** The caller waits for a reply. */
  isOwed: boolean;
  /** The model wants to hang up once it was heard. */
  isLeaving: boolean;
  /** Keys that the model was not told of. */
  keys: string;
}

export interface StateParts extends Pick<RealtimeState, 'isOwed' | 'isLeaving' | 'keys'> {
  memory: RealtimeMemory;
  /** Of an earlier session; null: none. */
  tail: RealtimeTail | null;
  /** What this session says and was not heard to its end, oldest first. */
  spoken: readonly Spoken[];
}

/** What another process would go on from at this moment. */
export function stateOf({ memory, tail, spoken, ...rest }: StateParts): RealtimeState {
  // Once something of this session was heard, all that came before it was.
  const isTailHeard = !tail || tail.isOver || spoken.some(({ utterance }) => utterance.heardMs > 0);
  const before = isTailHeard ? { things: [], ids: [] } : tail;
  const now = spoken.map((one) => ({ text: memory.textOf(one.itemId), ms: lengthMsOf(one) }));
  return {
    items: memory.all(new Set([...spoken.map(({ itemId }) => itemId), ...before.ids])),
    halfHeard: [...before.things, ...now],
    ...rest,
  };
}

/**
 * What the caller has yet to hear of an earlier session: spoken by the platform while the new
 * session is set up, and told to the model as far as it is heard.
 */
export class RealtimeTail {
  /** Ends with the tail, which has no end of its own that is told. */
  private readonly after: Utterance;
  readonly things: readonly HalfHeard[];
  private heardMs: number;
  private known: string[] = [];
  /** It was heard to its end, or cut off. */
  isOver = false;

  /**
   * @param endsAtMs how much of `things` will have been heard after the tail
   * @param onHeard it was heard to its end
   */
  constructor(
    call: AgentCall,
    things: readonly HalfHeard[],
    endsAtMs: number,
    onHeard: () => void,
  ) {
    const texts = heardOf(things, endsAtMs);
    let left = endsAtMs;
    this.things = things.map(({ ms }, at) => {
      const heard = { text: texts[at] as string, ms: Math.min(ms, Math.max(0, left)) };
      left -= ms;
      return heard;
    });
    this.heardMs = endsAtMs;
    this.after = call.speak();
    this.after.end();
    void this.after.finished.then((how) => {
      this.isOver = true;
      if (how === 'played') onHeard();
    });
  }

  /** The items of the new session that say it, once the model was told. */
  get ids(): readonly string[] {
    return this.known;
  }

  /** Whether it is what was interrupted, rather than something that the new session says. */
  isCutBy({ utterance }: Interruption, own: ReadonlyArray<{ utterance: Utterance }>): boolean {
    return (
      !this.isOver && utterance !== this.after && !own.some((one) => one.utterance === utterance)
    );
  }

  /** Another session was told it, by other ids. */
  retold(ids: ReadonlyMap<string, string>): void {
    this.known = this.known.map((id) => ids.get(id) ?? id);
  }

  /** What of it the caller hears, or has heard since it was interrupted at `heardMs`. */
  texts(): string[] {
    return heardOf(this.things, this.heardMs);
  }

  /** The model knows it by these items. */
  told(ids: string[]): void {
    this.known = ids;
  }

  /** Which items say more now than was heard, each with what was; none if the model was not told. */
  cut(heardMs: number): Array<{ id: string; text: string }> {
    const before = this.texts();
    this.heardMs = heardMs;
    this.isOver = true;
    return this.texts().flatMap((text, at) => {
      const id = this.known[at];
      return id === undefined || text === before[at] ? [] : [{ id, text }];
    });
  }
}
