// The same unmodified transport, whose model says two and a half minutes at once, in
// pieces of 20 ms: the transport sends a mark after each of them.
import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import { setTracingDisabled } from '@openai/agents';
import { RealtimeAgent, RealtimeSession } from '@openai/agents/realtime';
import { TwilioRealtimeTransportLayer } from '@openai/agents-extensions';
import { WebSocketServer } from 'ws';

const FORMAT = { type: 'audio/pcmu' };
const PIECES = Number(process.env.PIECES);

/** It speaks once, when it has heard the caller. */
class TalkingModel {
  constructor() {
    this.events = new EventEmitter();
    this.count = 0;
    this.hasSpoken = false;
    setImmediate(() => {
      this.events.emit('open', {});
      this.say({
        type: 'session.updated',
        session: { audio: { input: { format: FORMAT }, output: { format: FORMAT } } },
      });
    });
  }

  addEventListener(name, listener) {
    this.events.on(name, listener);
  }

  send(text) {
    if (this.hasSpoken || !text.includes('input_audio_buffer.append')) return;
    this.hasSpoken = true;
    this.say({ type: 'response.created', response: { id: 'r', status: 'in_progress' } });
    for (let piece = 0; piece < PIECES; piece += 1) {
      this.say({
        type: 'response.output_audio.delta',
        response_id: 'r',
        item_id: 'i',
        output_index: 0,
        content_index: 0,
        delta: Buffer.alloc(160, piece % 120).toString('base64'),
      });
    }
  }

  say(event) {
    this.count += 1;
    const data = JSON.stringify({ event_id: `e${this.count}`, ...event });
    this.events.emit('message', { data });
  }

  close() {
    this.events.emit('close', {});
    this.events.removeAllListeners();
  }
}

setTracingDisabled(true);
const server = createServer((_request, response) => response.end('ok'));
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  const transport = new TwilioRealtimeTransportLayer({
    twilioWebSocket: socket,
    createWebSocket: () => Promise.resolve(new TalkingModel()),
  });
  const agent = new RealtimeAgent({ name: 'Talker', instructions: 'Talk.' });
  const session = new RealtimeSession(agent, { transport });
  session.on('error', (error) => process.stderr.write(`${JSON.stringify(error)}\n`));
  session.connect({ apiKey: 'none' }).catch((error) => {
    process.stderr.write(`${String(error)}\n`);
    socket.close();
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.on('SIGTERM', () => process.exit(0));
