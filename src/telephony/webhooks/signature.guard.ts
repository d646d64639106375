import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { CallLedger, type RunName } from '../../calls/call-ledger.js';
import type { RefusedSurface } from '../../calls/refusals.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import {
  isMalformed,
  type FormFields,
  type TelephonyProvider,
} from '../../providers/telephony-provider.js';
import { ANSWER_PATH } from '../../urls/call-urls.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { signedUrls } from '../../urls/signed-urls.js';
import { CarrierRefusal } from './carrier-refusal.js';
import { answerIds, formOf, parseId, queryOf } from './params.js';

/** A webhook whose signature was right. */
export interface VerifiedWebhook {
  provider: TelephonyProvider;
  /** The carrier's fields: the form of a POST, the query of a GET. */
  fields: FormFields;
  /** The query of the URL, where our own ids are. */
  query: FormFields;
}

const verified = new WeakMap<Request, VerifiedWebhook>();

/** What the guard found; only behind {@link SignatureGuard}. */
export function verifiedWebhook(request: Request): VerifiedWebhook {
  const webhook = verified.get(request);
  if (!webhook) throw new Error('verifiedWebhook is used on a route without SignatureGuard');
  return webhook;
}

/**
 * Lets through only what a carrier signed, over the raw bytes and the public
 * URL. First of all checks: what is not signed learns nothing about us.
 */
@Injectable()
export class SignatureGuard implements CanActivate {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly origin: PublicOrigin,
    private readonly ledger: CallLedger,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const surface: RefusedSurface = request.path.startsWith(ANSWER_PATH)
      ? 'answer'
      : 'status-callback';
    const provider = this.providers.recognise(request.headers);
    if (!provider) throw new CarrierRefusal(403, surface, 'signature-missing');

    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const query = queryOf(request.originalUrl);
    const fields = request.method === 'GET' ? query : formOf(body);
    const check = (origin: string | null) =>
      provider.verifyWebhook({
        method: request.method,
        headers: request.headers,
        body,
        urls: signedUrls([origin], request.originalUrl),
      });

    let verdict = check(this.origin.peek());
    const name = verdict.valid ? null : this.runNamed(request, provider, fields, query);
    if (!verdict.valid && verdict.reason === 'mismatch') {
      // A call placed under an earlier public name keeps calling us by that name.
      const run = name ? await this.ledger.find(name) : null;
      if (run) verdict = check(run.publicOrigin);
    }
    if (!verdict.valid) {
      const runId = name && 'runId' in name ? name.runId : null;
      throw new CarrierRefusal(403, surface, `signature-${verdict.reason}`, runId);
    }
    verified.set(request, { provider, fields, query });
    return true;
  }

  private runNamed(
    request: Request,
    provider: TelephonyProvider,
    fields: FormFields,
    query: FormFields,
  ): RunName | null {
    const inPath = parseId(String(request.params['workflow_run_id'] ?? ''));
    if (inPath !== null) return { runId: inPath };
    const ids = answerIds(query);
    if (ids !== null && typeof ids !== 'string') return { runId: ids.runId };
    const report = provider.parseCallback(fields);
    return isMalformed(report) ? null : { provider: provider.name, callId: report.callId };
  }
}
