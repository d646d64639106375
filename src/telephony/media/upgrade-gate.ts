import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { isKnown } from '../../calls/ledger/call-ids.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import { idsOf, type RunBrief } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { StreamTokens } from '../../calls/streams/stream-tokens.js';
import { Cluster } from '../../cluster/cluster.js';
import { CallControl } from '../../control/call-control.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { UpgradeProof } from '../../providers/media-dialect.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import type { SignatureVerdict } from '../../providers/signature-verdict.js';
import { STREAM_PATH, type RunIds } from '../../urls/call-urls.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { signedUpgradeUrls } from '../../urls/signed-urls.js';
import { hashToken, isTokenShaped } from '../../urls/stream-token.js';
import { RunOrigins } from '../run-origins.js';
import { parseId } from '../webhooks/params.js';
import { MEDIA_LIMITS } from './limits.js';
import { WaitingSockets } from './waiting-sockets.js';

/** What the socket was admitted for. */
export interface Admission {
  ids: RunIds;
  account: CarrierAccount;
  /** Whether the token was part of the path and is redeemed already; else it comes with `start`. */
  tokenSpent: boolean;
  /** Gives back the place among the sockets that wait for `start`; only the first call counts. */
  leaveWaiting: () => void;
}

type RefusedStatus = 400 | 403 | 404 | 409 | 429 | 503;

type Refused = { admitted: false; status: RefusedStatus; reason: string; runId: number | null };

export type UpgradeVerdict = { admitted: true; admission: Admission } | Refused;

/** What the path of a stream says. */
export interface StreamTarget {
  ids: RunIds;
  /** The fourth segment, of the shape of a token; null where there is none. */
  token: string | null;
}

/**
 * Everything that is checked before the 101, in this order: signature, shape, run, its end, room. Where the carrier
 * signs nothing, the token in the path takes the place of the signature.
 */
@Injectable()
export class UpgradeGate {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly origin: PublicOrigin,
    private readonly origins: RunOrigins,
    private readonly ledger: CallLedger,
    private readonly tokens: StreamTokens,
    private readonly control: CallControl,
    private readonly waiting: WaitingSockets,
    private readonly cluster: Cluster,
  ) {}

  /**
   * @param key of the account that the path names; null where it names none
   * @throws StoreUnavailableError
   */
  async check(
    request: IncomingMessage,
    path: string,
    key: string | null = null,
  ): Promise<UpgradeVerdict> {
    const target = streamTarget(path);
    if (target && target.token !== null) {
      return this.checkToken(request, target, target.token, key);
    }
    const ids = target?.ids ?? null;
    const [first, ...others] = this.providers.marked(request.headers);
    if (!first) return refused(403, 'signature-missing', ids);
    const signers: Signers = [first, ...others];

    const current = (account: CarrierAccount): string | null => this.origin.of(account).peek();
    let signed = judge(request, signers, current);
    if (!signed.verdict.valid && signed.verdict.reason === 'mismatch' && ids) {
      // Placed under an earlier public name.
      const placed = await this.origins.of({ runId: ids.runId });
      if (placed === 'busy') return refused(503, 'too-many-unsigned', ids);
      const { origin } = placed;
      if (origin !== null && signers.some((account) => current(account) !== origin)) {
        signed = judge(request, signers, () => origin);
      }
    }
    const { verdict } = signed;
    if (!verdict.valid) return refused(403, `signature-${verdict.reason}`, ids);

    if (!ids) return refused(400, 'malformed', null);
    const run = await this.ledger.findBrief({ runId: ids.runId });
    // Several accounts may have signed it: those that share a token.
    const account = signed.signers.find(({ key: signer }) => signer === run?.accountKey);
    if (!run || !isOf(run, ids) || !account) {
      return refused(404, run ? 'ids-mismatch' : 'run-unknown', ids);
    }
    const ended = this.endOf(run, ids);
    if (ended) return ended;
    this.cluster.assertInTouch();
    const place = this.takePlace(ids);
    return 'status' in place ? place : admitted(ids, account, false, place);
  }

  /**
   * For carriers that sign no upgrade. Whatever is wrong, a stranger learns nothing: it is the token that is wrong.
   * The place is taken before the token is spent, so that no token is spent where there is no place.
   */
  private async checkToken(
    request: IncomingMessage,
    { ids }: StreamTarget,
    token: string,
    key: string | null,
  ): Promise<UpgradeVerdict> {
    const run = await this.origins.bounded(() => this.ledger.findBrief({ runId: ids.runId }));
    if (run === 'busy') return refused(503, 'too-many-unsigned', ids);
    const account = run && isOf(run, ids) ? this.providers.of(run) : null;
    if (
      !run ||
      !account ||
      (key !== null && account.key !== key) ||
      !isTokenOnly(account.media.verifyUpgrade({ headers: request.headers, urls: [] }))
    ) {
      return refused(403, 'token-refused', ids);
    }
    this.cluster.assertInTouch();
    const place = this.takePlace(ids);
    if ('status' in place) return place;
    const refusal = await this.spend(token, run, ids).catch((error: unknown) => {
      place.leave();
      throw error;
    });
    if (!refusal) return admitted(ids, account, true, place);
    place.leave();
    return refusal;
  }

  private async spend(token: string, run: RunBrief, ids: RunIds): Promise<Refused | null> {
    const redemption = await this.tokens.redeem(hashToken(token), ids.runId, null);
    return redemption === 'redeemed'
      ? this.endOf(run, ids)
      : refused(403, `token-${redemption}`, ids);
  }

  private endOf(run: RunBrief, ids: RunIds): Refused | null {
    if (!isTerminal(run.status)) return null;
    if (isKnown(idsOf(run))) void this.control.endIfStray(run.runId, idsOf(run));
    return refused(409, 'call-ended', ids);
  }

  /** The place is taken here and now: of many upgrades that are checked at once, no more get one than there is room for. */
  private takePlace(ids: RunIds): Place | Refused {
    const isFull =
      this.waiting.total >= MEDIA_LIMITS.waiting ||
      this.waiting.of(ids.runId) >= MEDIA_LIMITS.waitingPerRun;
    if (isFull) return refused(429, 'too-many-waiting', ids);
    return { leave: this.waiting.enter(ids.runId) };
  }

  /** Whether a carrier signed an upgrade, on whatever path, for our present address. */
  isSigned(request: IncomingMessage): boolean {
    const [first, ...others] = this.providers.marked(request.headers);
    if (!first) return false;
    const current = (account: CarrierAccount): string | null => this.origin.of(account).peek();
    return judge(request, [first, ...others], current).verdict.valid;
  }
}

/** Those of the accounts that signed the upgrade; where none did, what the first one says of it. */
function judge(
  request: IncomingMessage,
  candidates: Signers,
  originOf: (account: CarrierAccount) => string | null,
): Judged {
  const verdictOf = (account: CarrierAccount): SignatureVerdict => {
    const urls = signedUpgradeUrls([originOf(account)], request.url ?? '');
    const proof = account.media.verifyUpgrade({ headers: request.headers, urls });
    // An account that signs no upgrades has not signed one on this path.
    return isTokenOnly(proof) ? MISSING : proof;
  };
  const verdicts = candidates.map(verdictOf);
  const signers = candidates.filter((_, index) => verdicts[index]?.valid);
  return { signers, verdict: signers.length > 0 ? VALID : (verdicts[0] ?? MISSING) };
}

/** Accounts whose mark an upgrade bears; never none. */
type Signers = readonly [CarrierAccount, ...CarrierAccount[]];

interface Judged {
  signers: readonly CarrierAccount[];
  verdict: SignatureVerdict;
}

/** A place among the sockets that wait for `start`. */
interface Place {
  /** Only the first call counts. */
  leave: () => void;
}

const VALID: SignatureVerdict = { valid: true };
const MISSING: SignatureVerdict = { valid: false, reason: 'missing' };

function isTokenOnly(proof: UpgradeProof): proof is { kind: 'token-only' } {
  return 'kind' in proof;
}

function isOf(run: RunBrief, ids: RunIds): boolean {
  return run.workflowId === ids.workflowId && run.userId === ids.userId;
}

/** What a stream's path says, a trailing slash allowed; null when it is not of that shape. */
export function streamTarget(path: string): StreamTarget | null {
  const segments = path
    .slice(STREAM_PATH.length + 1)
    .replace(/\/$/, '')
    .split('/');
  if (segments.length !== 3 && segments.length !== 4) return null;
  const [workflowId, userId, runId] = segments.slice(0, 3).map(parseId);
  if (!workflowId || !userId || !runId) return null;
  const [, , , token = null] = segments;
  // What cannot be a token is no path of ours.
  if (token !== null && !isTokenShaped(token)) return null;
  return { ids: { workflowId, userId, runId }, token };
}

function admitted(
  ids: RunIds,
  account: CarrierAccount,
  tokenSpent: boolean,
  { leave }: Place,
): UpgradeVerdict {
  return { admitted: true, admission: { ids, account, tokenSpent, leaveWaiting: leave } };
}

function refused(status: RefusedStatus, reason: string, ids: RunIds | null): Refused {
  return { admitted: false, status, reason, runId: ids?.runId ?? null };
}
