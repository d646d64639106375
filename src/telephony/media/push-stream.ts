import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import { idsOf } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { streamMoved } from '../../calls/streams/stream-events.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Log } from '../../shared/logger.js';
import { mintToken } from '../../urls/stream-token.js';
import { StreamOffers } from '../webhooks/stream-offers.js';

/** A carrier that throttles or is away is told again so often, after this long. */
const ATTEMPTS = 4;
const PAUSE_MS = 1_000;

/** Gives a call another stream through the carrier's API, without waiting for the carrier to ask. */
@Injectable()
export class PushStream {
  constructor(
    private readonly ledger: CallLedger,
    private readonly providers: ProviderRegistry,
    private readonly offers: StreamOffers,
    private readonly log: Log,
  ) {}

  /**
   * Does so once for each stream that we gave up, however many instances call it, and only while no
   * newer one has begun.
   *
   * @param generation the stream in whose place there is to be another
   * @returns whether this call of it has told the carrier
   */
  async push(runId: number, generation: number): Promise<boolean> {
    const token = mintToken();
    const told = await this.ledger.change({ runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status) || draft.run.hangupReason !== null) return null;
      const { streams, run } = draft;
      const account = this.providers.of(run);
      if (streams.generation !== generation || !streams.wasGivenUp) return null;
      if (!account?.capabilities.redirects) return null;
      draft.record(streamMoved({ generation, streamId: streams.streamId }));
      const instruction = this.offers.offer(draft, account, token);
      return instruction && { account, ids: idsOf(run), instruction };
    });
    if (!told) return false;
    const { account, ids, instruction } = told;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const result = await account.calls.redirect(ids, instruction);
      if (result.kind !== 'failed') return result.kind === 'accepted';
      this.log.warn('stream.not_pushed', { workflow_run_id: runId, reason: result.message });
      if (!result.retryable) return false;
      if (attempt < ATTEMPTS) await sleep(PAUSE_MS);
    }
    return false;
  }
}
