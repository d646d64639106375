import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Instance, INSTANCE_HEADER } from '../../cluster/instance.js';
import { carrierPath } from './carrier-routes.js';
import { SignatureCheck, type VerifiedWebhook } from './signature-check.js';

const verified = new WeakMap<Request, VerifiedWebhook>();

/** The result of the guard; available only behind {@link SignatureGuard}. */
export function verifiedWebhook(request: Request): VerifiedWebhook {
  const webhook = verified.get(request);
  if (!webhook) throw new Error('verifiedWebhook is used on a route without SignatureGuard');
  return webhook;
}

/** Runs before all other checks except the size: an unsigned request learns nothing about us. */
@Injectable()
export class SignatureGuard implements CanActivate {
  constructor(
    private readonly signatures: SignatureCheck,
    private readonly instance: Instance,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const surface = carrierPath(request.path)?.surface ?? 'api';
    verified.set(request, await this.signatures.verify(request, surface));
    http.getResponse<Response>().setHeader(INSTANCE_HEADER, this.instance.name);
    return true;
  }
}
