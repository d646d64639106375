import { createConnection, type Socket } from 'node:net';
import { LATE, within } from '../shared/within.js';

/** What listens at an address is no NATS server, or does not say so. */
class NoGreetingError extends Error {
  readonly code: string;

  constructor(code: 'silent' | 'not_nats') {
    super(code);
    this.code = code;
  }
}

/**
 * Resolves when a NATS server has greeted us at this address. NATS' client would leave the socket
 * open that it has to a peer that never greets, one with each attempt, so it is only let at peers
 * that do.
 */
export async function greetingOf(
  { host, port }: { host: string; port: number },
  withinMs: number,
  closing: AbortSignal,
): Promise<void> {
  const socket = createConnection({ host, port });
  const destroy = (): void => void socket.destroy();
  // Node's own `signal` would leave a listener behind with each attempt.
  closing.addEventListener('abort', destroy);
  try {
    const first = await within(withinMs, firstBytesOf(socket));
    closing.throwIfAborted();
    if (first === LATE) throw new NoGreetingError('silent');
    if (!first.toString('latin1').startsWith('INFO')) throw new NoGreetingError('not_nats');
  } finally {
    closing.removeEventListener('abort', destroy);
    socket.destroy();
  }
}

/** Empty: it was closed without any. */
function firstBytesOf(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.alloc(0)));
  });
}
