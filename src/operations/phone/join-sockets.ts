import type { WebSocket } from 'ws';

/** How much may be unsent to one side. With more than half a minute of audio, that side has stopped reading. */
const UNSENT_MAX_BYTES = 256 * 1024;
const CLOSE_WITHIN_MS = 2_000;

/** Passes every message on unchanged, in both directions. When one side ends, the other is ended too. */
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
