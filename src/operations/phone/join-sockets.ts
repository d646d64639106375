import type { WebSocket } from 'ws';

/** What one side may hold unsent: more than half a minute of audio, and it does not listen any more. */
const UNSENT_MAX_BYTES = 256 * 1024;
const CLOSE_WITHIN_MS = 2_000;

/** Passes every message on as it is, both ways; when one side ends, so does the other. */
export function joinSockets(one: WebSocket, other: WebSocket): void {
  pass(one, other);
  pass(other, one);
  one.resume();
  other.resume();
}

function pass(from: WebSocket, to: WebSocket): void {
  from.on('message', (data: Buffer, isBinary: boolean) => {
    if (to.bufferedAmount > UNSENT_MAX_BYTES) to.terminate();
    else if (to.readyState === to.OPEN) to.send(data, { binary: isBinary }, () => undefined);
  });
  from.on('error', () => from.terminate());
  from.on('close', () => {
    to.close(1000);
    setTimeout(() => to.terminate(), CLOSE_WITHIN_MS).unref();
  });
}
