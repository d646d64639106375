/**
 * Tracks whose turn it is. The server makes one response at a time: some by itself when
 * the caller has finished, others on request, which it refuses while one is in
 * progress (`conversation_already_has_active_response`). A reply that is needed
 * meanwhile is therefore requested afterwards, and only once, however many things need it.
 */
export class ResponseTurns {
  callerSpeaks = false;
  private current: { id: string; cut: boolean } | null = null;
  /** The id of our request that the server has not answered yet. */
  private asked: string | null = null;
  private wanted = false;
  private requests = 0;
  private lastCut: string | null = null;

  constructor(private readonly send: (message: object) => void) {}

  /** No response is being made and none was requested. */
  get idle(): boolean {
    return this.current === null && this.asked === null;
  }

  /** A response will be made that the server has not begun. */
  get awaited(): boolean {
    return this.asked !== null || this.wanted;
  }

  /** The response that is being made is not needed any more. */
  get cut(): boolean {
    return this.current?.cut ?? false;
  }

  /** Lets the model speak now, or as soon as it may. */
  want(response?: object): void {
    // When the caller has finished, the server makes a response by itself.
    if (this.callerSpeaks) return;
    if (!this.idle) {
      this.wanted = true;
      return;
    }
    this.requests += 1;
    this.asked = `reply_${this.requests}`;
    this.send({ type: 'response.create', event_id: this.asked, ...(response ? { response } : {}) });
  }

  /** Nothing more should be said. */
  forgo(): void {
    this.wanted = false;
  }

  begun(id: string): void {
    this.asked = null;
    this.current = { id, cut: false };
    // It was requested just before the caller began.
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

  /** Handles an error of the server. Null: the server does not say which of our messages it means. */
  refused(cause: string | null): void {
    if (cause === null || cause === this.asked) this.asked = null;
  }

  /** Stops the response that is being made. Audio of it that still comes is late. */
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
