import { SseParser, type ServerSentEvent } from './sse-parser.js';

/**
 * Calls `onEvent` for each event until the server ends the stream.
 * @param onLife called for everything that arrives, including heartbeats
 */
export async function readEvents(
  response: Response,
  onEvent: (event: ServerSentEvent) => void,
  onLife: () => void = () => undefined,
): Promise<void> {
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) return;
    onLife();
    for (const event of parser.push(decoder.decode(piece.value, { stream: true }))) onEvent(event);
  }
}
