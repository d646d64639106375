// The least a server can do with a media stream: a `ws` loop that parses each
// message and builds the answer's JSON. It has no checks, no pacing and no marks.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const server = createServer((_request, response) => response.end('ok'));
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  socket.on('message', (data) => {
    const message = JSON.parse((data as Buffer).toString()) as {
      event: string;
      streamSid: string;
      media: { payload: string };
    };
    if (message.event !== 'media') return;
    socket.send(
      JSON.stringify({
        event: 'media',
        streamSid: message.streamSid,
        media: { payload: message.media.payload },
      }),
    );
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
