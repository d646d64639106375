/** How long a goodbye may take before the call is ended anyway. */
const GOODBYE_MS = 10_000;

/** The model wants to hang up, once everything that was said has been heard. */
export class Farewell {
  private callIds: string[] | null = null;
  private timer: NodeJS.Timeout | null = null;

  /** @param onOverdue the goodbye takes too long */
  constructor(private readonly onOverdue: () => void) {}

  get isUnderWay(): boolean {
    return this.callIds !== null;
  }

  /** @param callId the call of the model's tool, which waits for its answer; absent: one of an earlier session */
  begin(callId?: string): void {
    if (this.callIds === null) {
      this.callIds = [];
      this.timer = setTimeout(this.onOverdue, GOODBYE_MS);
    }
    if (callId !== undefined) this.callIds.push(callId);
  }

  /** The session that has called the tool is lost, and so are the calls of the tool: nobody waits for their answers. */
  forgetCalls(): void {
    if (this.callIds !== null) this.callIds = [];
  }

  /** Returns the calls of the tool that are to be answered now. */
  end(): string[] {
    const { callIds } = this;
    this.stop();
    this.callIds = null;
    return callIds ?? [];
  }

  /** It may be under way, but nothing follows. */
  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
