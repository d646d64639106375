import type { WebSocket } from 'ws';

/**
 * The least that can be done with a media stream: each message is parsed, and the answer's JSON built. There are no
 * checks, no pacing and no marks.
 *
 * @param answer what is said for a frame that is heard, both in base64; null: nothing
 */
export function bareStream(
  socket: WebSocket,
  answer: (heard: string) => string | null = (heard) => heard,
): void {
  socket.on('message', (data) => {
    const message = JSON.parse((data as Buffer).toString()) as {
      event: string;
      streamSid: string;
      media: { payload: string };
    };
    if (message.event !== 'media') return;
    const payload = answer(message.media.payload);
    if (payload === null) return;
    socket.send(
      JSON.stringify({ event: 'media', streamSid: message.streamSid, media: { payload } }),
    );
  });
}
