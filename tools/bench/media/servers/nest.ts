// Nest's own WsAdapter with a gateway as its documentation shows it: handlers by
// event name, and results that the adapter sends back. Only the parser is our own,
// because a carrier's messages carry no `data`.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';

interface MediaMessage {
  event: string;
  streamSid: string;
  media: { payload: string };
}

@WebSocketGateway({ path: '/', perMessageDeflate: false })
class MediaGateway {
  @SubscribeMessage('media')
  media(@MessageBody() message: MediaMessage) {
    return {
      event: 'media',
      streamSid: message.streamSid,
      media: { payload: message.media.payload },
    };
  }
}

@Module({ providers: [MediaGateway] })
class BenchModule {}

const app = await NestFactory.create(BenchModule, { logger: false });
const adapter = new WsAdapter(app, {
  messageParser: (data) => {
    const message = JSON.parse((data as Buffer).toString()) as MediaMessage;
    return { event: message.event, data: message };
  },
});
app.useWebSocketAdapter(adapter);
await app.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
