// OpenAI's own Twilio transport with a model that says what it hears: the same
// echo as the other servers, without the model's socket and its JSON.
import { createServer } from 'node:http';
import { TwilioRealtimeTransportLayer } from '@openai/agents-extensions';
import { WebSocketServer } from 'ws';

class EchoModel extends TwilioRealtimeTransportLayer {
  get status() {
    return 'connected';
  }

  get currentItemId() {
    return 'item';
  }

  sendAudio(audio) {
    this.emit('response.output_audio.delta', {
      response_id: 'response',
      item_id: 'item',
      content_index: 0,
    });
    this._onAudio({ type: 'audio', data: audio, responseId: 'response' });
  }

  close() {}
}

const server = createServer((_request, response) => response.end('ok'));
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  const transport = new EchoModel({ twilioWebSocket: socket });
  transport.on('error', () => undefined);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
