import type { Utterance } from '../agent.js';

const BYTES_PER_MS = 8;

/** One item that the model is saying. */
export interface Spoken {
  itemId: string;
  utterance: Utterance;
  receivedBytes: number;
  ended: boolean;
  /** It was said in a session that is lost: the present one was told it as text. */
  isTold: boolean;
}

/** An item that was cut off, and how much of it the caller has heard. */
export interface CutItem {
  itemId: string;
  utteranceId: number;
  isTold: boolean;
  heardMs: number;
  /** The same as a share of what was received, from 0 to 1. */
  share: number;
}

/** What the model says, from its first audio until it was heard to the end, or the model knows how much was. */
export class SpokenItems {
  private spoken: Spoken[] = [];

  /** @param onHeard one of them was heard to its end; it is not among {@link all} any more */
  constructor(
    private readonly begin: () => Utterance,
    private readonly onHeard: (one: Spoken) => void,
  ) {}

  /** Oldest first. */
  get all(): readonly Spoken[] {
    return this.spoken;
  }

  /** Whether more is to come of an item. */
  get isOpen(): boolean {
    return this.spoken.some(({ ended, utterance }) => !ended && !utterance.interrupted);
  }

  speak(itemId: string, audio: Buffer): void {
    const spoken = this.spoken.find((one) => one.itemId === itemId) ?? this.add(itemId);
    if (spoken.ended) return;
    spoken.receivedBytes += audio.length;
    spoken.utterance.write(audio);
  }

  /** Nothing more comes of this item; absent: of any that there is. */
  end(itemId?: string): void {
    for (const one of this.spoken) {
      if (itemId !== undefined && one.itemId !== itemId) continue;
      one.ended = true;
      one.utterance.end();
    }
  }

  /** A new session was told what is being said, by other ids. */
  retold(ids: ReadonlyMap<string, string>): void {
    for (const one of this.spoken) {
      one.itemId = ids.get(one.itemId) ?? one.itemId;
      one.isTold = true;
    }
  }

  /** What was interrupted, once. */
  takeCut(): CutItem[] {
    const cut = this.spoken.filter(({ utterance }) => utterance.interrupted);
    this.spoken = this.spoken.filter(({ utterance }) => !utterance.interrupted);
    return cut.map(({ itemId, isTold, utterance, receivedBytes }) => {
      // Audio that was not sent cannot have been heard, and the server refuses a larger figure.
      const heardMs = Math.min(utterance.heardMs, receivedBytes / BYTES_PER_MS);
      const { id: utteranceId } = utterance;
      return {
        itemId,
        utteranceId,
        isTold,
        heardMs,
        share: (heardMs * BYTES_PER_MS) / receivedBytes,
      };
    });
  }

  private add(itemId: string): Spoken {
    const utterance = this.begin();
    const begun = { itemId, utterance, receivedBytes: 0, ended: false, isTold: false };
    // This completes the item before.
    for (const one of this.spoken) one.ended = true;
    this.spoken.push(begun);
    void begun.utterance.finished.then((how) => {
      // An interrupted item stays until the model has been told.
      if (how === 'interrupted') return;
      this.spoken = this.spoken.filter((one) => one !== begun);
      this.onHeard(begun);
    });
    return begun;
  }
}

/** How long what came of an item lasts, or was heard if it was interrupted. */
export function lengthMsOf({ utterance, receivedBytes }: Spoken): number {
  return utterance.interrupted ? utterance.heardMs : receivedBytes / BYTES_PER_MS;
}
