import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { WireFrame } from '../../providers/media-dialect.js';
import { receiveFrames } from './frame-receiver.js';
import { frameSender } from './frame-sender.js';
import { MEDIA_LIMITS } from './limits.js';
import { MediaSession } from './media-session.js';
import { RegularCheck } from './regular-check.js';
import type { SessionServices } from './session-services.js';
import type { Admission } from './upgrade-gate.js';

/**
 * A session on a socket that has just been opened; call it in the turn of the 101.
 * @param wire the connection under `socket`
 * @param onGone the socket is closed, and all that the session had to say is durable, or has failed
 */
export function attachSession(
  socket: WebSocket,
  wire: Duplex,
  admission: Admission,
  services: SessionServices,
  onGone: (session: MediaSession) => void,
): MediaSession {
  const session = new MediaSession(socket, frameSender(socket, wire), admission, services);
  const receive = (frame: WireFrame): void => session.receive(frame);
  receiveFrames(socket, wire, MEDIA_LIMITS.messageBytes, receive);
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    receive(isBinary ? data : data.toString());
  });
  const check = new RegularCheck(services.wheel, (now) => session.check(now));
  socket.on('close', () => {
    check.stop();
    session.closed();
    void session.settled().finally(() => onGone(session));
  });
  socket.on('ping', () => session.alive());
  socket.on('pong', () => session.alive());
  socket.on('error', (error: NodeJS.ErrnoException) => {
    session.broken(error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH');
  });
  session.begin();
  return session;
}
