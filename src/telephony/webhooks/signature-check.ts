import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { RunName } from '../../calls/ledger/run-name.js';
import type { RefusedSurface } from '../../calls/refusals.js';
import { formFields, queryFields, readable } from '../../providers/form-fields.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import type { SignatureVerdict } from '../../providers/signature-verdict.js';
import type { FormFields, TelephonyProvider } from '../../providers/telephony-provider.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { signedUpgradeUrls, signedUrls } from '../../urls/signed-urls.js';
import { RunOrigins } from '../run-origins.js';
import { CarrierRefusal } from './carrier-refusal.js';
import { carrierPath } from './carrier-routes.js';
import { answerIds, parseId } from './params.js';

/** A webhook whose signature was right. */
export interface VerifiedWebhook {
  provider: TelephonyProvider;
  /** The carrier's fields: the form of a POST, the query of a GET. */
  fields: FormFields;
  /** The query of the URL, where our own ids are. */
  query: FormFields;
}

/**
 * Lets through only what a carrier signed, over the raw bytes and the public
 * URL. What is not signed learns nothing about us, and costs little: no field of
 * it is read but the one that names its call.
 */
@Injectable()
export class SignatureCheck {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly origin: PublicOrigin,
    private readonly origins: RunOrigins,
  ) {}

  /** Whether the request claims to be a carrier's; that it is one is for {@link verify} to say. */
  isMarked(request: Request): boolean {
    return this.providers.recognise(request.headers) !== null;
  }

  /** @throws CarrierRefusal 403; 503 when it cannot be told now */
  async verify(request: Request, surface: RefusedSurface): Promise<VerifiedWebhook> {
    const provider = this.providers.recognise(request.headers);
    if (!provider) throw new CarrierRefusal(403, surface, 'signature-missing');

    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    // HEAD is GET without the reply's body, and is signed alike.
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const query = readable(queryFields(request.originalUrl));
    const fields = () => (method === 'GET' ? query : readable(formFields(body)));
    const check = (origin: string | null): SignatureVerdict => {
      const { headers, originalUrl } = request;
      const urls = signedUrls([origin], originalUrl);
      const verdict = provider.verifyWebhook({ method, headers, body, urls });
      if (verdict.valid || surface !== 'media-stream') return verdict;
      // The upgrade of a stream that lost its headers on the way.
      const proof = provider.media.verifyUpgrade({
        headers,
        urls: signedUpgradeUrls([origin], originalUrl),
      });
      return 'kind' in proof ? verdict : proof;
    };

    const current = this.origin.peek();
    let verdict = check(current);
    const runId = runIdIn(request.path, query);
    if (!verdict.valid && verdict.reason === 'mismatch') {
      // A call placed under an earlier public name keeps calling us by that name.
      const name = runId === null ? callNamed(provider, fields()) : { runId };
      const placed = name ? await this.origins.of(name) : { origin: null };
      if (placed === 'busy') throw new CarrierRefusal(503, surface, 'too-many-unsigned');
      if (placed.origin !== null && placed.origin !== current) verdict = check(placed.origin);
    }
    if (!verdict.valid) {
      throw new CarrierRefusal(403, surface, `signature-${verdict.reason}`, runId);
    }
    return { provider, fields: fields(), query };
  }
}

/** The run that the URL names. */
function runIdIn(path: string, query: FormFields): number | null {
  const inPath = parseId(carrierPath(path)?.runId ?? '');
  if (inPath !== null) return inPath;
  const ids = answerIds(query);
  return ids !== null && typeof ids !== 'string' ? ids.runId : null;
}

/** The run that only the carrier's own id of the call leads to. */
function callNamed(provider: TelephonyProvider, fields: FormFields): RunName | null {
  const callId = provider.callIdOf(fields);
  return callId === null ? null : { provider: provider.name, callId };
}
