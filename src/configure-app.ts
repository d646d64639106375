import type { NestExpressApplication } from '@nestjs/platform-express';
import { Reflector } from '@nestjs/core';
import type { NextFunction, Request, Response } from 'express';
import { Instance } from './cluster/instance.js';
import { echoMiddleware } from './doctor/probe/echo.middleware.js';
import { Probes } from './doctor/probe/probes.js';
import { JsonBodyInterceptor } from './shared/json-body.interceptor.js';
import { Log } from './shared/logger.js';
import { originForm } from './shared/origin-form.js';
import { ProblemFilter } from './shared/problem.filter.js';
import { runOfRequest } from './shared/run-of-request.js';
import { UnreadReplies } from './shared/unread-replies.js';
import { validationPipe } from './shared/validation.js';
import { MediaSocketAdapter } from './telephony/media/media-socket.adapter.js';
import { CarrierEdge } from './telephony/webhooks/carrier-edge.js';
import { UnroutedFilter } from './telephony/webhooks/unrouted.filter.js';
import { PublicOrigin } from './urls/public-origin.js';
import { prefixOf, stripPrefix } from './urls/strip-prefix.js';

/**
 * Options for `NestFactory.create`. Like the rest of this file, they are shared by
 * `main.ts` and the e2e tests.
 */
export const APP_OPTIONS = {
  bodyParser: false,
  logger: false,
  abortOnError: false,
  forceCloseConnections: true,
} as const;

/** Configures everything between the socket and the controllers. */
export function configureApp(app: NestExpressApplication): void {
  const origin = app.get(PublicOrigin);
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');

  const log = app.get(Log);
  const replies = new UnreadReplies();
  app.use((_request: Request, response: Response, next: NextFunction) => {
    replies.watch(response);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    // An error of one response, such as a write after its end, concerns only that response; without
    // a listener it would end the process.
    response.on('error', (error) => {
      log.error('response.failed', { ...runOfRequest(response.req), error });
      response.destroy();
    });
    next();
  });
  // Runs before anything changes the request, because the doctor checks what arrived.
  app.use(echoMiddleware(app.get(Probes), app.get(Instance)));
  // Requests are served with and without the path prefix of the public URL, and in the absolute
  // form that some proxies send.
  app.use((request: Request, _response: Response, next: NextFunction) => {
    request.originalUrl = originForm(request.originalUrl);
    request.url = stripPrefix(request.originalUrl, prefixOf(origin.peek() ?? ''));
    next();
  });
  const edge = app.get(CarrierEdge);
  app.use(edge.receive);

  app.useGlobalInterceptors(new JsonBodyInterceptor(app.get(Reflector)));
  app.useGlobalPipes(validationPipe());
  const problems = new ProblemFilter(log);
  app.useGlobalFilters(
    new UnroutedFilter(edge, (error, host) => {
      problems.catch(error, host);
    }),
  );
  app.useWebSocketAdapter(new MediaSocketAdapter(app));
}
