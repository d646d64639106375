import { Injectable } from '@nestjs/common';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import type { CallRun } from '../calls/ledger/call-run.js';
import type { Announcement, TransferOrder } from '../calls/transfers/transfer-events.js';
import { enterTransfer, whyNotTransferred } from '../calls/transfers/transfer-entries.js';
import type { Capabilities } from '../providers/capabilities.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { isSoundName } from '../shared/sound-name.js';
import { Destinations } from './destinations.js';

/** How long a person's phone rings where nothing is said, in seconds. */
export const TRANSFER_RINGS_SECONDS = 30;
/** Characters of what is announced. */
export const ANNOUNCEMENT_MAX = 500;

/** A transfer as somebody wishes it. */
export interface TransferWish {
  /** A number in E.164, or the name of one of the workflow's targets. */
  to: string;
  announce?: Announcement | null;
  /** Whether the person hears nothing where the carrier cannot announce that; else it is a fault. */
  orSilently?: boolean;
  /** One of the account's numbers; absent: the one on our side of the call, else the first. */
  from?: string | null;
  timeoutSeconds?: number | null;
}

export type TransferResult =
  | { kind: 'begun'; run: CallRun }
  /** Something about the wish is wrong; `message` goes on after the field's name. */
  | { kind: 'invalid'; field: 'to' | 'from' | 'announce'; message: string }
  /** It cannot be done now, or not by this call's carrier. */
  | { kind: 'impossible'; message: string };

/**
 * Has calls transferred to people. That a call is to be transferred is in the ledger first; its stream
 * then ends, wherever it is, and the carrier is told: see `HungUpStreams` and `PushStream`.
 */
@Injectable()
export class TransferCall {
  constructor(
    private readonly ledger: CallLedger,
    private readonly providers: ProviderRegistry,
    private readonly destinations: Destinations,
  ) {}

  /** @throws StoreUnavailableError */
  async begin(run: CallRun, wish: TransferWish): Promise<TransferResult> {
    const account = this.providers.of(run);
    if (!account) return { kind: 'impossible', message: 'Its account is not configured.' };
    const order = this.orderOf(run, account, wish);
    if ('kind' in order) return order;
    return this.ledger.change({ runId: run.runId }, (draft): TransferResult => {
      const problem = draft ? whyNotTransferred(draft) : 'There is no such call.';
      if (!draft || problem !== null) return { kind: 'impossible', message: problem ?? '' };
      enterTransfer(draft, order);
      return { kind: 'begun', run: draft.run };
    });
  }

  private orderOf(
    run: CallRun,
    account: CarrierAccount,
    wish: TransferWish,
  ): TransferOrder | Exclude<TransferResult, { kind: 'begun' }> {
    const { capabilities, numbers } = account;
    const wished = wish.announce ?? null;
    const fault = wished === null ? null : faultIn(wished, capabilities);
    const announce = fault !== null && wish.orSilently ? null : wished;
    if (!capabilities.transfers.includes(announce === null ? 'blind' : 'announced')) {
      return { kind: 'impossible', message: 'The carrier of this call cannot do that.' };
    }
    const target = run.transferTargets?.find(({ name }) => name === wish.to) ?? null;
    const to = target?.to ?? wish.to;
    const problem = this.destinations.problemWith(to);
    if (problem !== null)
      return invalid('to', target ? `names a target whose number ${problem}` : problem);
    const from = wish.from ?? ourSideOf(run, numbers);
    if (from === undefined || !numbers.includes(from)) {
      return invalid('from', "must be one of this service's numbers at the carrier");
    }
    if (from === to) return invalid('to', 'must be another number than "from"');
    if (fault !== null && announce !== null) return invalid('announce', fault);
    const timeoutSeconds = wish.timeoutSeconds ?? TRANSFER_RINGS_SECONDS;
    return { to, from, announce, timeoutSeconds, target: target?.name ?? null };
  }
}

function invalid(
  field: 'to' | 'from' | 'announce',
  message: string,
): TransferResult & {
  kind: 'invalid';
} {
  return { kind: 'invalid', field, message };
}

/** The number that the person sees: ours, since the caller's own may not be shown by everybody. */
function ourSideOf(
  { direction, from, to }: CallRun,
  numbers: readonly string[],
): string | undefined {
  const ours = direction === 'outbound' ? from : to;
  return numbers.includes(ours) ? ours : numbers[0];
}

function faultIn(announce: Announcement, { says }: Capabilities): string | null {
  if (typeof announce !== 'string') {
    if (says) return 'must be a text: this carrier plays no sounds of its own';
    return isSoundName(announce.sound)
      ? null
      : 'must name a sound: letters, digits, "_", "-" and ".", with folders if needed';
  }
  if (!says) return 'must be {"sound": name}: this carrier cannot say a text';
  const isFit = announce.trim() !== '' && announce.length <= ANNOUNCEMENT_MAX;
  return isFit ? null : `must be a text of 1 to ${ANNOUNCEMENT_MAX} characters`;
}
