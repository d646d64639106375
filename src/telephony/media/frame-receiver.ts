import { isUtf8 } from 'node:buffer';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { WireFrame } from '../../providers/media-dialect.js';

// RFC 6455, section 5.2: FIN and the opcode in the first byte, the mask bit and the length in the second.
const FIN_TEXT = 0x81;
const FIN_BINARY = 0x82;
const FIN_PING = 0x89;
const FIN_PONG = 0x8a;
const MASKED = 0x80;
const LENGTH_16 = 126;
const MASK_BYTES = 4;
/** A control frame's whole payload; larger ones are an error, and the library's to refuse. */
const CONTROL_MAX = 125;

/** A frame whose header says that it is ours to read, or to pass on whole. */
interface Frame {
  /** The first byte: what the frame is. */
  first: number;
  /** Where its masking key begins. */
  maskAt: number;
  /** Where the next frame begins; may be beyond what has come. */
  end: number;
}

/**
 * Reads whole, unfragmented messages straight off the connection: what a
 * carrier sends fifty times a second per call. The socket library's receiver is
 * a stream of its own and costs several times as much for each.
 *
 * Everything else is the library's, byte for byte as it came: pings and pongs,
 * and from the first fragment, close frame or violation on all that follows. It
 * must be called before the connection flows, in the same turn as the 101.
 *
 * @param wire the connection under `socket`
 * @param maxBytes of one message; the library refuses a longer one by its own limit
 * @param onMessage called for messages that do not pass through `socket`'s own `message` event; a buffer is given away
 */
export function receiveFrames(
  socket: WebSocket,
  wire: Duplex,
  maxBytes: number,
  onMessage: (frame: WireFrame) => void,
): void {
  const [library] = wire.listeners('data') as Array<(chunk: Buffer) => void>;
  if (!library) return;
  /** The beginning of a frame whose rest has not come. */
  let held: Buffer | null = null;

  const handOver = (rest: Buffer): void => {
    wire.off('data', read);
    // Added first: it may take itself off again while it reads.
    wire.on('data', library);
    library.call(wire, rest);
  };

  const read = (arrived: Buffer): void => {
    const chunk = held ? Buffer.concat([held, arrived]) : arrived;
    held = null;
    let at = 0;
    while (at < chunk.length) {
      const frame = socket.readyState === socket.OPEN ? frameAt(chunk, at, maxBytes) : 'foreign';
      if (frame === 'foreign') return handOver(chunk.subarray(at));
      if (frame === 'cut' || frame.end > chunk.length) {
        // A copy: the rest of what the system read is not kept alive for it.
        held = Buffer.from(chunk.subarray(at));
        return;
      }
      if (frame.first === FIN_TEXT) {
        const text = textOf(chunk, frame);
        if (text === null) return handOver(chunk.subarray(at));
        onMessage(text);
      } else if (frame.first === FIN_BINARY) {
        onMessage(bytesOf(chunk, frame));
      } else {
        library.call(wire, chunk.subarray(at, frame.end));
      }
      at = frame.end;
    }
  };

  wire.off('data', library);
  wire.on('data', read);
}

/** `foreign`: anything but a masked, unfragmented message, ping or pong of a lawful length. */
function frameAt(chunk: Buffer, at: number, maxBytes: number): Frame | 'cut' | 'foreign' {
  const first = chunk[at];
  const message = first === FIN_TEXT || first === FIN_BINARY;
  if (!message && first !== FIN_PING && first !== FIN_PONG) return 'foreign';
  const second = chunk[at + 1];
  if (second === undefined) return 'cut';
  let length = second - MASKED;
  let maskAt = at + 2;
  if (length < 0 || length > LENGTH_16) return 'foreign';
  if (length === LENGTH_16) {
    if (at + 4 > chunk.length) return 'cut';
    length = chunk.readUInt16BE(at + 2);
    maskAt = at + 4;
  }
  if (length > (message ? maxBytes : CONTROL_MAX)) return 'foreign';
  return { first, maskAt, end: maskAt + MASK_BYTES + length };
}

/** Null when it is not UTF-8; `chunk` is then as it was. */
function textOf(chunk: Buffer, { maskAt, end }: Frame): string | null {
  const from = maskAt + MASK_BYTES;
  if (unmask(chunk, maskAt, end) < 0x80) return chunk.toString('latin1', from, end);
  if (isUtf8(chunk.subarray(from, end))) return chunk.toString('utf8', from, end);
  unmask(chunk, maskAt, end);
  return null;
}

function bytesOf(chunk: Buffer, { maskAt, end }: Frame): Buffer {
  unmask(chunk, maskAt, end);
  return chunk.subarray(maskAt + MASK_BYTES, end);
}

/** In place, as the library does; twice is not at all. Returns all bytes or-ed: below 0x80 it is ASCII. */
function unmask(chunk: Buffer, maskAt: number, end: number): number {
  const [a, b, c, d] = [chunk[maskAt]!, chunk[maskAt + 1]!, chunk[maskAt + 2]!, chunk[maskAt + 3]!];
  let seen = 0;
  let at = maskAt + MASK_BYTES;
  for (const whole = end - 3; at < whole; at += 4) {
    seen |=
      (chunk[at]! ^= a) | (chunk[at + 1]! ^= b) | (chunk[at + 2]! ^= c) | (chunk[at + 3]! ^= d);
  }
  if (at < end) seen |= chunk[at]! ^= a;
  if (at + 1 < end) seen |= chunk[at + 1]! ^= b;
  if (at + 2 < end) seen |= chunk[at + 2]! ^= c;
  return seen;
}
