export interface FeedApiReply {
  status: number;
  body: unknown;
}

/** The carrier's API: JSON, a key as bearer. */
export class FeedApi {
  constructor(
    readonly url: string,
    readonly key: string,
  ) {}

  /** `nobody`: there was no connection. `lost`: the request may have arrived. */
  async ask(
    method: string,
    path: string,
    body: object | null = null,
  ): Promise<FeedApiReply | 'nobody' | 'lost'> {
    try {
      const reply = await fetch(this.url + path, {
        method,
        headers: {
          Authorization: `Bearer ${this.key}`,
          'Content-Type': 'application/json',
          Connection: 'close',
        },
        body: body === null ? null : JSON.stringify(body),
      });
      const text = await reply.text();
      return { status: reply.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
    } catch (error) {
      const { cause } = Object(error) as { cause?: { code?: string; message?: string } };
      const isRefused = cause?.code === 'ECONNREFUSED' || cause?.message === 'bad port';
      return isRefused ? 'nobody' : 'lost';
    }
  }
}
