/** What `response.create` may say of the response. */
export interface ResponseWish {
  instructions?: string;
  tool_choice?: 'none';
}

/**
 * Tracks whose turn it is. The server makes one response at a time: some by itself when
 * the caller has finished, others on request, which it refuses while one is in
 * progress (`conversation_already_has_active_response`). A reply that is needed
 * meanwhile is therefore requested afterwards, and only once, however many things need it.
 */
export class ResponseTurns {
  callerSpeaks = false;
  private current: { id: string; cut: boolean; mayUseTools: boolean } | null = null;
  /** Our request that the server has not answered yet. */
  private asked: { id: string; mayUseTools: boolean } | null = null;
  /** What is to be asked for once it may be; null: nothing. */
  private wanted: ResponseWish | null = null;
  private requests = 0;
  private lastCut: string | null = null;

  constructor(private readonly send: (message: object) => void) {}

  /** No response is being made and none was requested. */
  get idle(): boolean {
    return this.current === null && this.asked === null;
  }

  /** A response will be made that the server has not begun. */
  get awaited(): boolean {
    return this.asked !== null || this.wanted !== null;
  }

  /** A response was requested that the server has not begun. */
  get isAsked(): boolean {
    return this.asked !== null;
  }

  /** Whether the response that is being made was requested without tools. */
  get isToolless(): boolean {
    return this.current?.mayUseTools === false;
  }

  /** The response that is being made is not needed any more. */
  get cut(): boolean {
    return this.current?.cut ?? false;
  }

  /** Lets the model speak now, or as soon as it may. */
  want(response: ResponseWish = {}): void {
    // When the caller has finished, the server makes a response by itself.
    if (this.callerSpeaks) return;
    if (!this.idle) {
      this.wanted = { ...this.wanted, ...response };
      return;
    }
    this.requests += 1;
    const id = `reply_${this.requests}`;
    this.asked = { id, mayUseTools: response.tool_choice !== 'none' };
    const isPlain = Object.keys(response).length === 0;
    this.send({ type: 'response.create', event_id: id, ...(isPlain ? {} : { response }) });
  }

  /** The session is lost, and with it all that it was making. */
  reset(): void {
    this.callerSpeaks = false;
    this.current = null;
    this.asked = null;
    this.wanted = null;
  }

  /** Nothing more should be said. */
  forgo(): void {
    this.wanted = null;
  }

  begun(id: string): void {
    const mayUseTools = this.asked?.mayUseTools ?? true;
    this.asked = null;
    this.current = { id, cut: false, mayUseTools };
    // It was requested just before the caller began.
    if (this.callerSpeaks) this.interrupt();
  }

  over(id: string): void {
    if (this.current && this.current.id !== id) return;
    const wanted = this.cut ? null : this.wanted;
    this.current = null;
    this.asked = null;
    this.wanted = null;
    if (wanted) this.want(wanted);
  }

  /**
   * Handles an error of the server. Null: the server does not say which of our messages it means.
   * @returns whether it is surely a response that was refused
   */
  refused(cause: string | null): boolean {
    const isAsked = this.asked !== null && cause === this.asked.id;
    if (cause === null || isAsked) this.asked = null;
    return isAsked;
  }

  /** Stops the response that is being made. Audio of it that still comes is late. */
  interrupt(): void {
    this.wanted = null;
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
