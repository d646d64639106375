import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Caller } from './api-keys.js';

const callers = new WeakMap<Request, Caller>();

/** Must be called only by the guard. */
export function rememberCaller(request: Request, caller: Caller): void {
  callers.set(request, caller);
}

/** The authenticated caller; available only behind `ApiKeyGuard`. */
export function callerOf(request: Request): Caller {
  const caller = callers.get(request);
  if (!caller) throw new Error('the caller is asked for on a route without ApiKeyGuard');
  return caller;
}

/** The authenticated caller of a handler behind `ApiKeyGuard`: `@CurrentCaller() caller: Caller`. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest<Request>()),
);
