/**
 * Whose turn it is. The server makes one response at a time: some by itself when
 * the caller has finished, others when asked, which it refuses while one is in
 * progress (`conversation_already_has_active_response`). So a reply that is
 * wanted meanwhile is asked for afterwards, once, however many things want it.
 */
export class ResponseTurns {
  callerSpeaks = false;
  private current: { id: string; cut: boolean } | null = null;
  /** Id of our request that the server has not answered yet. */
  private asked: string | null = null;
  private wanted = false;
  private requests = 0;
  private lastCut: string | null = null;

  constructor(private readonly send: (message: object) => void) {}

  /** Nothing is being made and nothing was asked for. */
  get idle(): boolean {
    return this.current === null && this.asked === null;
  }

  /** What is being made is not wanted any more. */
  get cut(): boolean {
    return this.current?.cut ?? false;
  }

  /** The model is to speak: now, or as soon as it may. */
  want(response?: object): void {
    // When he has finished the server makes one by itself.
    if (this.callerSpeaks) return;
    if (!this.idle) {
      this.wanted = true;
      return;
    }
    this.requests += 1;
    this.asked = `reply_${this.requests}`;
    this.send({ type: 'response.create', event_id: this.asked, ...(response ? { response } : {}) });
  }

  /** Nothing more is to be said. */
  forgo(): void {
    this.wanted = false;
  }

  begun(id: string): void {
    this.asked = null;
    this.current = { id, cut: false };
    // Asked for just before he began.
    if (this.callerSpeaks) this.interrupt();
  }

  over(id: string): void {
    if (this.current && this.current.id !== id) return;
    const wanted = this.wanted && !this.cut;
    this.current = null;
    this.asked = null;
    this.wanted = false;
    if (wanted) this.want();
  }

  /** An error of the server's; null: it does not say which message of ours it means. */
  refused(cause: string | null): void {
    if (cause === null || cause === this.asked) this.asked = null;
  }

  /** What is being made is stopped; what still comes of it is late. */
  interrupt(): void {
    this.wanted = false;
    if (!this.current || this.current.cut) return;
    this.current.cut = true;
    this.lastCut = this.current.id;
    this.send({ type: 'response.cancel', response_id: this.current.id });
  }

  /** Whether audio of this response comes too late to be heard. */
  isLate(responseId: string): boolean {
    return responseId === this.lastCut;
  }
}
