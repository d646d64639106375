import type { Response } from 'express';

/** Keeps proxies from closing an idle stream. */
const HEARTBEAT_MS = 15_000;
/** A client with this many unread bytes is cut off. */
const UNREAD_BYTES_MAX = 1024 * 1024;
/**
 * How long written data may stay unread: while past events are sent, and after the
 * stream has ended.
 */
const READ_WITHIN_MS = 30_000;

/**
 * Server-sent events to one client. Nothing is written once the client is gone
 * or the stream has ended, and little more than {@link UNREAD_BYTES_MAX} is
 * buffered for it: a client that stops reading is cut off.
 */
export class EventStream {
  private open: boolean;
  private heartbeat: NodeJS.Timeout | null = null;

  /**
   * @param onGone called once, as soon as nothing can be written any more; never
   *   for a client that was already gone
   */
  constructor(
    private readonly response: Response,
    private readonly onGone: () => void,
  ) {
    this.open = !response.destroyed && !response.closed;
    response.once('close', () => this.leave());
  }

  /** Whether anything can still be written. */
  get isOpen(): boolean {
    return this.open;
  }

  begin(): void {
    if (!this.open) return;
    this.response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // nginx would otherwise hold events back.
      'X-Accel-Buffering': 'no',
    });
    this.heartbeat = setInterval(() => this.write(': still here\n\n'), HEARTBEAT_MS);
  }

  write(text: string | Buffer): void {
    if (!this.open) return;
    if (this.response.writableLength > UNREAD_BYTES_MAX) this.cut();
    else this.response.write(text);
  }

  /** Resolves when the client has taken what was written, or is gone. */
  async drained(): Promise<void> {
    const { response } = this;
    if (!this.open || !response.writableNeedDrain) return;
    const cut = setTimeout(() => this.cut(), READ_WITHIN_MS);
    await new Promise<void>((resolve) => {
      const done = (): void => {
        response.off('drain', done);
        response.off('close', done);
        resolve();
      };
      response.on('drain', done);
      response.on('close', done);
    });
    clearTimeout(cut);
  }

  /** Ends the stream after the data that was written; a client that does not read it is cut off. */
  end(): void {
    if (!this.open) return;
    this.leave();
    const { response } = this;
    const cut = setTimeout(() => response.destroy(), READ_WITHIN_MS);
    response.once('close', () => clearTimeout(cut));
    response.end();
  }

  private cut(): void {
    this.leave();
    this.response.destroy();
  }

  private leave(): void {
    if (!this.open) return;
    this.open = false;
    if (this.heartbeat) clearInterval(this.heartbeat);
    this.onGone();
  }
}
