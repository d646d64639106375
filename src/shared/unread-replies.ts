import type { ServerResponse } from 'node:http';

export interface UnreadLimits {
  /** How long a client may read nothing of a reply, in milliseconds. */
  pauseMs: number;
  /** How many bytes all replies that are finished but not read may hold together. */
  bytes: number;
}

export const UNREAD_LIMITS: UnreadLimits = { pauseMs: 30_000, bytes: 64 * 1024 * 1024 };

/**
 * Replies that their clients do not read. They are held in memory, so a client
 * that reads nothing for a while is cut off, and so are those that have taken
 * longest when all of them together hold too much.
 */
export class UnreadReplies {
  /** Replies that we have finished and the client has not read, longest waiting first. */
  private readonly held = new Set<ServerResponse>();

  constructor(private readonly limits: UnreadLimits = UNREAD_LIMITS) {}

  /** Bytes that wait for their clients. */
  get bytes(): number {
    let sum = 0;
    for (const response of this.held) sum += response.writableLength;
    return sum;
  }

  /** Watches a response; must be called before anything is written. */
  watch(response: ServerResponse): void {
    // Node measures this from the last byte in either direction. Before there is a reply, the
    // missing part is the request, which has its own limit and its own answer.
    response.setTimeout(this.limits.pauseMs, () => {
      if (response.headersSent) response.destroy();
    });
    response.once('prefinish', () => setImmediate(() => this.hold(response)));
    response.once('close', () => this.held.delete(response));
  }

  private hold(response: ServerResponse): void {
    // Most replies have gone to the kernel completely by now.
    if (response.closed || response.writableLength === 0) return;
    this.held.add(response);
    let { bytes } = this;
    for (const oldest of this.held) {
      if (bytes <= this.limits.bytes) return;
      bytes -= oldest.writableLength;
      oldest.destroy();
    }
  }
}
