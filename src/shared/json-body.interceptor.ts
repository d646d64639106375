import {
  applyDecorators,
  SetMetadata,
  type CallHandler,
  type CustomDecorator,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { parseJsonObject } from './json-text.js';
import { Problem } from './problem.js';
import { readBody } from './read-body.js';
import { SAFE_METHODS } from './safe-methods.js';

export const BODY_BYTES_MAX = 256 * 1024;
const BODY_BYTES = Symbol('bytes of the body');

/** Limits the body of a handler to other than {@link BODY_BYTES_MAX} bytes. */
export function BodyBytesMax(bytes: number): CustomDecorator<symbol> {
  return SetMetadata(BODY_BYTES, bytes);
}

const IS_BINARY = Symbol('the body is bytes');

/** The handler's body is no JSON: `request.body` is a Buffer of its bytes. */
export function BinaryBody(maxBytes: number): MethodDecorator {
  return applyDecorators(BodyBytesMax(maxBytes), SetMetadata(IS_BINARY, true));
}

/**
 * Reads a request's JSON into `request.body`. It is an interceptor and not
 * middleware, because guards run first: for a request without a key, or for a
 * path that does not exist, no byte of the body is read.
 */
export class JsonBodyInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    // A carrier's body has already been read raw, for its signature.
    if (request.body === undefined && !SAFE_METHODS.has(request.method)) {
      const maxBytes = this.reflector.get<number | undefined>(BODY_BYTES, context.getHandler());
      const body = await readBody(request, maxBytes ?? BODY_BYTES_MAX);
      const isBinary = this.reflector.get<boolean | undefined>(IS_BINARY, context.getHandler());
      const read = (): unknown => (body.length === 0 ? {} : parseJsonObject(textOf(request, body)));
      request.body = isBinary ? body : read();
    }
    return next.handle();
  }
}

function textOf(request: Request, body: Buffer): string {
  const type = request.headers['content-type'] ?? '';
  const charset = /;\s*charset\s*=\s*"?([\w-]+)/i.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  if (!['utf-8', 'utf8', 'us-ascii', 'utf-16', 'utf-16le', 'utf-16be'].includes(charset)) {
    throw new Problem('invalid_request', 'The body must be in UTF-8.');
  }
  return new TextDecoder(charset).decode(body);
}
