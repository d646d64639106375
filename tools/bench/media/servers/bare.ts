// The bare loop, which sends back what it hears. With BENCH_WORKING it says speech of its own in its turns, a frame
// for each that it hears, instead.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { encodeMulaw, MULAW_FRAME_BYTES } from '../../../../src/audio/mulaw.js';
import { BARE_PACE, Talker } from '../working/talker.js';
import { Turns } from '../working/turns.js';
import { voice } from '../working/voice.js';
import { bareStream } from './bare-stream.js';

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

sockets.on('connection', (socket, { url = '/' }) => bareStream(socket, answers(url)));
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
