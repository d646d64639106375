import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { RunName } from '../../calls/ledger/run-name.js';
import type { RefusedSurface } from '../../calls/refusals.js';
import { queryFields, readable } from '../../providers/form-fields.js';
import type { FormFields, RawRequest } from '../../providers/ingress.js';
import type { SignatureVerdict } from '../../providers/signature-verdict.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { signedUpgradeUrls, signedUrls } from '../../urls/signed-urls.js';
import { RunOrigins } from '../run-origins.js';
import { AccountPaths, type Callee } from './account-paths.js';
import { CarrierRefusal } from './carrier-refusal.js';
import { carrierPath, type CarrierPath } from './carrier-routes.js';
import { answerIds, parseId } from './params.js';

/** A webhook whose signature was right. */
export interface VerifiedWebhook extends Callee {
  request: RawRequest;
  /** The query of the URL, which contains our own ids. */
  query: FormFields;
}

/**
 * Lets through only requests that a carrier signed, over the raw bytes and the public URL. An
 * unsigned request learns nothing about us and costs little: only the field that names its call is
 * read.
 *
 * The path says whose request it is, and only that account checks it. On paths that belong to no
 * account, a carrier's mark decides which accounts check it.
 */
@Injectable()
export class SignatureCheck {
  constructor(
    private readonly paths: AccountPaths,
    private readonly origin: PublicOrigin,
    private readonly origins: RunOrigins,
  ) {}

  /** Whether the request claims to be from a carrier; {@link verify} decides whether it is. */
  isMarked(request: Request): boolean {
    return this.paths.marked(request.headers).length > 0;
  }

  /**
   * @throws CarrierRefusal 403; 404 for an account that does not exist; 503 when it cannot be
   *   decided now
   */
  async verify(request: Request, surface: RefusedSurface): Promise<VerifiedWebhook> {
    const raw = rawRequest(request);
    const query = readable(queryFields(request.originalUrl));
    const runId = runIdIn(request.path, query);
    const path = carrierPath(request.path);
    const callees = this.calleesOf(path, request, surface);
    const current = ({ account }: Callee): string | null => this.origin.of(account).peek();
    let judged = judge(callees, raw, current, surface);
    if (!judged.verdict.valid && judged.verdict.reason === 'mismatch') {
      // A call that was placed under an earlier public name keeps calling us by that name.
      const name = runId === null ? callNamed(callees, raw) : { runId };
      const placed = name ? await this.origins.of(name) : { origin: null };
      if (placed === 'busy') throw new CarrierRefusal(503, surface, 'too-many-unsigned');
      const { origin } = placed;
      if (origin !== null && callees.some((callee) => current(callee) !== origin)) {
        judged = judge(callees, raw, () => origin, surface);
      }
    }
    const { callee, verdict } = judged;
    if (!verdict.valid) {
      throw new CarrierRefusal(403, surface, `signature-${verdict.reason}`, runId);
    }
    return { request: raw, query, ...callee };
  }

  /** The accounts that may have sent the request; never empty. */
  private calleesOf(path: CarrierPath | null, request: Request, surface: RefusedSurface): Callees {
    if (path && path.account !== undefined) {
      const callee = this.paths.calleeOf(path);
      if (callee) return [callee];
      if (this.paths.isLocked(path)) throw new CarrierRefusal(503, surface, 'account-unusable');
      throw path.account === null
        ? new CarrierRefusal(403, surface, 'signature-not-configured')
        : new CarrierRefusal(404, surface, 'account-unknown');
    }
    const [first, ...others] = this.paths.marked(request.headers);
    if (!first) throw new CarrierRefusal(403, surface, 'signature-missing');
    return [first, ...others];
  }
}

type Callees = readonly [Callee, ...Callee[]];

interface Judged {
  callee: Callee;
  verdict: SignatureVerdict;
}

/**
 * The first account that signed the request for this origin, otherwise the verdict of the first
 * one.
 */
function judge(
  callees: Callees,
  raw: RawRequest,
  originOf: (callee: Callee) => string | null,
  surface: RefusedSurface,
): Judged {
  const all = callees.map((callee) => ({
    callee,
    verdict: verdictOf(callee, raw, originOf(callee), surface),
  }));
  return all.find(({ verdict }) => verdict.valid) ?? (all[0] as Judged);
}

function verdictOf(
  { account, ingress }: Callee,
  raw: RawRequest,
  origin: string | null,
  surface: RefusedSurface,
): SignatureVerdict {
  const verdict = ingress.verify({ ...raw, urls: signedUrls([origin], raw.target) });
  if (verdict.valid || surface !== 'media-stream') return verdict;
  // This may be the upgrade of a stream that lost its headers on the way.
  const proof = account.media.verifyUpgrade({
    headers: raw.headers,
    urls: signedUpgradeUrls([origin], raw.target),
  });
  return 'valid' in proof ? proof : verdict;
}

function rawRequest({ method, headers, body, originalUrl }: Request): RawRequest {
  return {
    // HEAD is GET without the reply's body, and is signed in the same way.
    method: method === 'HEAD' ? 'GET' : method,
    headers,
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    target: originalUrl,
    urls: [],
  };
}

/** The run that the URL names. */
function runIdIn(path: string, query: FormFields): number | null {
  const inPath = parseId(carrierPath(path)?.runId ?? '');
  if (inPath !== null) return inPath;
  const ids = answerIds(query);
  return ids !== null && typeof ids !== 'string' ? ids.runId : null;
}

/** The name of the run when only the carrier's own id of the call leads to it. */
function callNamed([{ account, ingress }]: Callees, raw: RawRequest): RunName | null {
  const callId = ingress.callIdOf(raw);
  return callId === null ? null : { account: account.key, callId };
}
