import type { ServerResponse } from 'node:http';

export interface UnreadLimits {
  /** How long a reader may take nothing of a reply, in milliseconds. */
  pauseMs: number;
  /** What all replies that are finished but not taken may hold together. */
  bytes: number;
}

export const UNREAD_LIMITS: UnreadLimits = { pauseMs: 30_000, bytes: 64 * 1024 * 1024 };

/**
 * Replies that their readers do not take. They are held in memory, so a reader
 * that takes nothing for a while is cut off, and so are those that have taken
 * longest when all of them together hold too much.
 */
export class UnreadReplies {
  /** Finished by us and not by the reader, longest waiting first. */
  private readonly held = new Set<ServerResponse>();

  constructor(private readonly limits: UnreadLimits = UNREAD_LIMITS) {}

  /** Bytes that wait for their readers. */
  get bytes(): number {
    let sum = 0;
    for (const response of this.held) sum += response.writableLength;
    return sum;
  }

  /** Before anything is written. */
  watch(response: ServerResponse): void {
    // Node counts this from the last byte that went either way. Before there is a reply, it is the request that
    // does not come: that has a limit and an answer of its own.
    response.setTimeout(this.limits.pauseMs, () => {
      if (response.headersSent) response.destroy();
    });
    response.once('prefinish', () => setImmediate(() => this.hold(response)));
    response.once('close', () => this.held.delete(response));
  }

  private hold(response: ServerResponse): void {
    // Most replies have gone to the kernel whole by now.
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
