/** How long the server may take to begin a reply by itself, or one that it was asked for. In milliseconds. */
const BEGIN_MS = 10_000;
/** How long nothing may come of a reply that has begun: the model may be thinking. */
const UNDER_WAY_MS = 30_000;
/** Speech whose end was not told for so long has none, as in steady noise. */
const SPEECH_MS = 60_000;

/**
 * What the conversation waits for: that the server begins a reply by itself (`unasked`), or the one
 * it was asked for (`asked`); that a reply goes on (`under-way`); that the caller ends (`speech`).
 */
export type Awaited = 'unasked' | 'asked' | 'under-way' | 'speech';

const LIMITS: Record<Awaited, number> = {
  unasked: BEGIN_MS,
  asked: BEGIN_MS,
  'under-way': UNDER_WAY_MS,
  speech: SPEECH_MS,
};

/** A deadline for each event that may never come. Whatever the server sends extends it. */
export class ReplyWatch {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly awaited: () => Awaited | null,
    private readonly onOverdue: (what: Awaited) => void,
  ) {}

  /** Something has happened: what is waited for now begins anew. */
  look(): void {
    this.stop();
    const what = this.awaited();
    if (what !== null) this.timer = setTimeout(() => this.onOverdue(what), LIMITS[what]);
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
