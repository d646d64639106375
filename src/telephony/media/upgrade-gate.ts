import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { CallControl } from '../../control/call-control.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import type { SignatureVerdict } from '../../providers/signature-verdict.js';
import type { TelephonyProvider } from '../../providers/telephony-provider.js';
import { STREAM_PATH, type CallIds } from '../../urls/call-urls.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { signedUpgradeUrls } from '../../urls/signed-urls.js';
import { RunOrigins } from '../run-origins.js';
import { parseId } from '../webhooks/params.js';
import { MEDIA_LIMITS } from './limits.js';
import { WaitingSockets } from './waiting-sockets.js';

/** What the socket was admitted for. */
export interface Admission {
  ids: CallIds;
  provider: TelephonyProvider;
  /** The one-use token of the path; null where the carrier passes it with `start`. */
  token: string | null;
  /** Gives back the place among the sockets that wait for `start`; only the first call counts. */
  leaveWaiting: () => void;
}

type RefusedStatus = 400 | 403 | 404 | 409 | 429 | 503;

export type UpgradeVerdict =
  | { admitted: true; admission: Admission }
  | { admitted: false; status: RefusedStatus; reason: string; runId: number | null };

/** Everything that is checked before the 101, in this order: signature, shape, run, its end, room. */
@Injectable()
export class UpgradeGate {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly origin: PublicOrigin,
    private readonly origins: RunOrigins,
    private readonly ledger: CallLedger,
    private readonly control: CallControl,
    private readonly waiting: WaitingSockets,
  ) {}

  /** @throws StoreUnavailableError */
  async check(request: IncomingMessage, path: string): Promise<UpgradeVerdict> {
    const ids = streamIds(path);
    const provider = this.providers.recognise(request.headers);
    if (!provider) return refused(403, 'signature-missing', ids);

    const current = this.origin.peek();
    let verdict = this.verdictOn(request, provider, current);
    if (!verdict.valid && verdict.reason === 'mismatch' && ids) {
      // Placed under an earlier public name.
      const placed = await this.origins.of({ runId: ids.runId });
      if (placed === 'busy') return refused(503, 'too-many-unsigned', ids);
      if (placed.origin !== null && placed.origin !== current) {
        verdict = this.verdictOn(request, provider, placed.origin);
      }
    }
    if (!verdict.valid) return refused(403, `signature-${verdict.reason}`, ids);

    if (!ids) return refused(400, 'malformed', null);
    const run = await this.ledger.find({ runId: ids.runId });
    if (
      !run ||
      run.workflowId !== ids.workflowId ||
      run.userId !== ids.userId ||
      run.provider !== provider.name
    ) {
      return refused(404, run ? 'ids-mismatch' : 'run-unknown', ids);
    }
    if (isTerminal(run.status)) {
      if (run.providerCallId) void this.control.endIfStray(run.runId, run.providerCallId);
      return refused(409, 'call-ended', ids);
    }
    if (
      this.waiting.total >= MEDIA_LIMITS.waiting ||
      this.waiting.of(run.runId) >= MEDIA_LIMITS.waitingPerRun
    ) {
      return refused(429, 'too-many-waiting', ids);
    }
    // Taken here and now: of many upgrades that are checked at once, no more than there is room for.
    const leaveWaiting = this.waiting.enter(run.runId);
    return { admitted: true, admission: { ids, provider, token: null, leaveWaiting } };
  }

  /** Whether a carrier signed an upgrade, on whatever path, for our present address. */
  isSigned(request: IncomingMessage): boolean {
    const provider = this.providers.recognise(request.headers);
    return provider !== null && this.verdictOn(request, provider, this.origin.peek()).valid;
  }

  private verdictOn(
    request: IncomingMessage,
    provider: TelephonyProvider,
    origin: string | null,
  ): SignatureVerdict {
    const urls = signedUpgradeUrls([origin], request.url ?? '');
    const proof = provider.media.verifyUpgrade({ headers: request.headers, urls });
    // No path carries a token yet, so nothing but a signature opens a stream.
    return 'kind' in proof ? { valid: false, reason: 'missing' } : proof;
  }
}

/** The ids of a stream's path, a trailing slash allowed; null when it is not of that shape. */
export function streamIds(path: string): CallIds | null {
  const segments = path.slice(STREAM_PATH.length + 1).replace(/\/$/, '');
  const ids = segments.split('/').map(parseId);
  const [workflowId, userId, runId] = ids;
  if (ids.length !== 3 || !workflowId || !userId || !runId) return null;
  return { workflowId, userId, runId };
}

function refused(status: RefusedStatus, reason: string, ids: CallIds | null): UpgradeVerdict {
  return { admitted: false, status, reason, runId: ids?.runId ?? null };
}
