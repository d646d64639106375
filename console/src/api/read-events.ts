import { createParser, type EventSourceMessage } from 'eventsource-parser';

/**
 * Calls `onEvent` for each event until the server ends the stream.
 * @param onLife called for everything that arrives, including heartbeats
 */
export async function readEvents(
  response: Response,
  onEvent: (event: EventSourceMessage) => void,
  onLife: () => void = () => undefined,
): Promise<void> {
  const parser = createParser({ onEvent });
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) return;
    onLife();
    parser.feed(decoder.decode(piece.value, { stream: true }));
  }
}
