import { setTimeout as sleep } from 'node:timers/promises';
import type { CallJson } from './api.js';
import { API_KEY } from './gateway.js';

export interface FeedEvent {
  /** Opaque to a reader; its first part is the store's timeline. */
  id: string;
  call: CallJson;
}

/** How long a reader waits before it comes back. */
const AGAIN_MS = 250;

/** Reads the feed of calls as a browser does: it comes back after each loss, with the last id it has seen. */
export class FeedReader {
  readonly events: FeedEvent[] = [];
  /** How often the connection was lost or refused. */
  losses = 0;
  private readonly abort = new AbortController();
  private readonly reading: Promise<void>;

  /** @param url of an instance, or of a balancer */
  constructor(private readonly url: string) {
    this.reading = this.read();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.reading;
  }

  private async read(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        await this.readOnce();
      } catch {
        // Lost, or refused while nobody is there.
      }
      this.losses += 1;
      await sleep(AGAIN_MS);
    }
  }

  private async readOnce(): Promise<void> {
    const last = this.events.at(-1)?.id;
    const response = await fetch(`${this.url}/api/v1/telephony/calls/stream`, {
      headers: {
        authorization: `Bearer ${API_KEY}`,
        ...(last === undefined ? {} : { 'last-event-id': last }),
      },
      signal: this.abort.signal,
    });
    if (!response.ok) {
      await response.arrayBuffer();
      return;
    }
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, id, data] = /^event: call\nid: (\S+)\ndata: (.*)$/m.exec(block) ?? [];
        if (id !== undefined && data !== undefined) {
          this.events.push({ id, call: JSON.parse(data) as CallJson });
        }
      }
    }
  }
}
