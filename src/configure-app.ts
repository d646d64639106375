import type { NestExpressApplication } from '@nestjs/platform-express';
import { Reflector } from '@nestjs/core';
import express, { type NextFunction, type Request, type Response } from 'express';
import { echoMiddleware } from './operations/doctor/probe/echo.middleware.js';
import { Probes } from './operations/doctor/probe/probes.js';
import { BODY_BYTES_MAX, JsonBodyInterceptor } from './shared/json-body.interceptor.js';
import { Log } from './shared/logger.js';
import { ProblemFilter } from './shared/problem.filter.js';
import { UnreadReplies } from './shared/unread-replies.js';
import { validationPipe } from './shared/validation.js';
import { MediaSocketAdapter } from './telephony/media/media-socket.adapter.js';
import { ANSWER_PATH, STATUS_CALLBACK_PATH } from './urls/call-urls.js';
import { PublicOrigin } from './urls/public-origin.js';
import { prefixOf, stripPrefix } from './urls/strip-prefix.js';

/** A carrier has its reply within 3 s, whatever hangs. */
const CARRIER_REPLY_MS = 2_800;
const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 30_000;

/** Options for `NestFactory.create`, shared like the rest of this file by `main.ts` and the e2e tests. */
export const APP_OPTIONS = {
  bodyParser: false,
  logger: false,
  abortOnError: false,
  forceCloseConnections: true,
} as const;

/** Everything between the socket and the controllers. */
export function configureApp(app: NestExpressApplication): void {
  const origin = app.get(PublicOrigin);
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');

  const replies = new UnreadReplies();
  app.use((_request: Request, response: Response, next: NextFunction) => {
    replies.watch(response);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    next();
  });
  // Before anything touches the request: the doctor wants to know what arrived.
  app.use(echoMiddleware(app.get(Probes)));
  // Served with and without the path prefix of the public URL.
  app.use((request: Request, _response: Response, next: NextFunction) => {
    request.url = stripPrefix(request.url, prefixOf(origin.peek() ?? ''));
    next();
  });
  // Signatures cover raw bytes, so carriers' bodies are not parsed here.
  app.use(
    [ANSWER_PATH, STATUS_CALLBACK_PATH],
    replyInTime,
    express.raw({ type: () => true, limit: BODY_BYTES_MAX }),
  );

  app.useGlobalInterceptors(new JsonBodyInterceptor(app.get(Reflector)));
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter(app.get(Log)));
  app.useWebSocketAdapter(new MediaSocketAdapter(app));

  const server = app.getHttpServer();
  server.headersTimeout = HEADERS_WITHIN_MS;
  server.requestTimeout = REQUEST_WITHIN_MS;
}

function replyInTime(_request: Request, response: Response, next: NextFunction): void {
  const timer = setTimeout(() => {
    if (response.headersSent) return;
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Retry-After', '1');
    response.status(503).type('text/plain').send('unavailable');
  }, CARRIER_REPLY_MS);
  response.on('close', () => clearTimeout(timer));
  next();
}
