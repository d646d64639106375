// The least a server can do with a media stream: a `ws` loop that parses each
// message and builds the answer's JSON. It has no checks, no pacing and no marks. With BENCH_WORKING
// it says speech of its own in its turns, a frame for each that it hears, instead of what it hears.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { encodeMulaw, MULAW_FRAME_BYTES } from '../../../../src/audio/mulaw.js';
import { BARE_PACE, Talker } from '../working/talker.js';
import { Turns } from '../working/turns.js';
import { voice } from '../working/voice.js';

const server = createServer((_request, response) => response.end('ok'));
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const speech = process.env['BENCH_WORKING'] ? encodeMulaw(voice(190, 8_000, 10)) : null;
const frames = (speech?.length ?? 0) / MULAW_FRAME_BYTES;

/** What is said next on a connection; null: nothing. */
function answers(url: string): (heard: string) => string | null {
  if (!speech) return (heard) => heard;
  const seed = new URL(url, 'ws://localhost').searchParams.get('seed');
  const talker = new Talker(new Turns(Number(seed)), BARE_PACE);
  let frame = -1;
  return () => {
    frame += 1;
    if (talker.next(frame) === 0) return null;
    const at = (frame % frames) * MULAW_FRAME_BYTES;
    return speech.subarray(at, at + MULAW_FRAME_BYTES).toString('base64');
  };
}

sockets.on('connection', (socket, { url = '/' }) => {
  const answer = answers(url);
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
});
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
