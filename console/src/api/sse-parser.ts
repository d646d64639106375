/** One server-sent event. */
export interface ServerSentEvent {
  event: string;
  /** Null if the server gave none. */
  id: string | null;
  data: string;
}

/** Puts events together from the text of a `text/event-stream`, whatever pieces it comes in. */
export class SseParser {
  private rest = '';

  /** Returns the events that are now complete. Comments, such as heartbeats, are not events. */
  push(text: string): ServerSentEvent[] {
    const blocks = (this.rest + text).replaceAll('\r\n', '\n').split('\n\n');
    this.rest = blocks.pop() ?? '';
    return blocks.map(parse).filter((one) => one !== null);
  }
}

function parse(block: string): ServerSentEvent | null {
  const data: string[] = [];
  let event = 'message';
  let id: string | null = null;
  for (const line of block.split('\n')) {
    const match = /^(event|data|id): ?(.*)$/.exec(line);
    if (match?.[1] === 'event') event = match[2] ?? '';
    if (match?.[1] === 'data') data.push(match[2] ?? '');
    if (match?.[1] === 'id') id = match[2] ?? '';
  }
  return data.length === 0 ? null : { event, id, data: data.join('\n') };
}
