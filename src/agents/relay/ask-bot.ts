import { WebSocket, type ClientOptions } from 'ws';
import { codeOf } from '../../shared/start-error.js';

/**
 * Opens a WebSocket to a bot and closes it again, before a message of either side. Null: the bot took
 * it; else why not, as a clause.
 */
export async function askBot(
  url: string,
  options: ClientOptions,
  signal: AbortSignal,
): Promise<string | null> {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    followRedirects: false,
    ...options,
  });
  // One that is cut off while it connects reports that as well.
  socket.on('error', () => undefined);
  const cut = (): void => socket.terminate();
  signal.addEventListener('abort', cut, { once: true });
  try {
    return await new Promise<string | null>((resolve) => {
      socket.once('open', () => {
        socket.close(1000);
        resolve(null);
      });
      socket.once('unexpected-response', (_request, response) => {
        resolve(`it answers the upgrade to a WebSocket with HTTP ${response.statusCode ?? 0}`);
      });
      socket.once('error', (error) => {
        const seen = codeOf(error) || 'it does not speak WebSocket';
        resolve(signal.aborted ? 'it does not answer in time' : `it cannot be reached (${seen})`);
      });
      if (signal.aborted) cut();
    });
  } finally {
    signal.removeEventListener('abort', cut);
    // Whoever took it may take long to close it.
    if (socket.readyState === WebSocket.OPEN || socket.readyState === WebSocket.CLOSING) {
      setTimeout(cut, 1_000).unref();
    } else {
      socket.terminate();
    }
  }
}
