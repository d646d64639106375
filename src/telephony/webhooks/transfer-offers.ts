import { Injectable } from '@nestjs/common';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type { Transfer } from '../../calls/transfers/transfer-history.js';
import type { TransferInstruction } from '../../providers/answer-instruction.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { transferEventsUrl, transferUrl } from '../../urls/call-urls.js';

/** Instructions that connect a call with a person. */
@Injectable()
export class TransferOffers {
  constructor(private readonly providers: ProviderRegistry) {}

  /** Null: what was asked for has been erased. */
  offer(
    run: CallRun,
    { transfer, order }: Transfer,
    account: CarrierAccount,
  ): TransferInstruction | null {
    if (!order) return null;
    const { to, from, timeoutSeconds, announce } = order;
    const addressee = { origin: run.publicOrigin, key: this.providers.pathKeyOf(account) };
    const url = transferUrl(addressee, run, transfer);
    return {
      kind: 'transfer',
      transfer,
      to,
      from,
      timeoutSeconds,
      announce,
      urls: {
        action: url,
        events: transferEventsUrl(addressee, run.runId, transfer),
        announce: url,
      },
    };
  }
}
