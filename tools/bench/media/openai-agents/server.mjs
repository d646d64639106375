// The Twilio transport of OpenAI's agents SDK, used as its documentation shows:
// one session per call. The model is a socket within this process that sends
// each piece of audio back as its own, so neither a network nor a model is
// measured: this is the least that a call of this transport costs.
import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import { setTracingDisabled } from '@openai/agents';
import { RealtimeAgent, RealtimeSession } from '@openai/agents/realtime';
import { TwilioRealtimeTransportLayer } from '@openai/agents-extensions';
import { WebSocketServer } from 'ws';

const AUDIO = '{"type":"input_audio_buffer.append","audio":"';
const FORMAT = { type: 'audio/pcmu' };

/** A minimal model side: it cuts and joins JSON and does not parse it. */
class EchoModel {
  constructor() {
    this.events = new EventEmitter();
    this.event = 0;
    setImmediate(() => {
      this.events.emit('open', {});
      this.say({
        type: 'session.updated',
        session: { audio: { input: { format: FORMAT }, output: { format: FORMAT } } },
      });
      this.say({ type: 'response.created', response: { id: 'r', status: 'in_progress' } });
    });
  }

  addEventListener(name, listener) {
    this.events.on(name, listener);
  }

  send(text) {
    if (!text.startsWith(AUDIO)) return;
    const end = text.indexOf('"', AUDIO.length);
    this.event += 1;
    const data = `{"type":"response.output_audio.delta","event_id":"e${this.event}","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"${text.slice(AUDIO.length, end)}"}`;
    setImmediate(() => this.events.emit('message', { data }));
  }

  say(event) {
    this.event += 1;
    this.events.emit('message', {
      data: JSON.stringify({ event_id: `e${this.event}`, ...event }),
    });
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
    createWebSocket: () => Promise.resolve(new EchoModel()),
  });
  const agent = new RealtimeAgent({ name: 'Echo', instructions: 'Say what you hear.' });
  const session = new RealtimeSession(agent, { transport });
  session.on('error', (error) => process.stderr.write(`${JSON.stringify(error)}\n`));
  session.connect({ apiKey: 'none' }).catch((error) => {
    process.stderr.write(`${String(error)}\n`);
    socket.close();
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
