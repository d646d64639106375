import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { WireFrame } from '../../providers/media-dialect.js';

const FIN_TEXT = 0x81;
const FIN_BINARY = 0x82;
/** Lengths below are in the second byte itself (RFC 6455, section 5.2). */
const LENGTH_16 = 126;
const LENGTH_16_MAX = 0xffff;

export type SendFrame = (frame: WireFrame) => void;

/**
 * Sends messages as one write of one buffer each. The socket library writes
 * header and body apart, which costs a third more at fifty messages a second per
 * call; what it sends itself (pings, closes) are whole frames too, so the two
 * never mix.
 *
 * @param wire the connection under `socket`
 */
export function frameSender(socket: WebSocket, wire: Duplex): SendFrame {
  return (message) => {
    if (socket.readyState !== socket.OPEN) return;
    const length = Buffer.byteLength(message);
    if (length > LENGTH_16_MAX) {
      socket.send(message);
      return;
    }
    const head = length < LENGTH_16 ? 2 : 4;
    const frame = Buffer.allocUnsafe(length + head);
    if (head === 2) {
      frame[1] = length;
    } else {
      frame[1] = LENGTH_16;
      frame.writeUInt16BE(length, 2);
    }
    if (typeof message === 'string') {
      frame[0] = FIN_TEXT;
      frame.write(message, head);
    } else {
      frame[0] = FIN_BINARY;
      message.copy(frame, head);
    }
    wire.write(frame);
  };
}
