import type { TransferInstruction } from '../answer-instruction.js';
import type { DoResult } from '../ingress.js';
import { problemOf, type AriAnswer, type AriConnection } from './ari-connection.js';
import type { AsteriskAccount } from './asterisk.settings.js';
import type { ChannelNames } from './channel-names.js';
import type { MediaChannels } from './media-channels.js';

/** The variable in which the dialplan finds the address. */
const REFER_TO = 'PATCHBAY_REFER_TO';

/**
 * Transfers by SIP REFER: the caller's own phone, or the trunk, is asked to call the person. Only the
 * dialplan's `Transfer` says what came of it; ARI's own redirect does not. So the caller goes into a
 * context of the dialplan for it, whose extension is the number of the transfer, and comes back.
 */
export class ReferredCalls {
  constructor(
    private readonly ari: AriConnection,
    private readonly names: ChannelNames,
    private readonly account: Pick<AsteriskAccount, 'referTo'>,
    private readonly media: Pick<MediaChannels, 'detach'>,
  ) {}

  /** Nothing can be announced to a person whom somebody else calls. */
  takes({ announce }: TransferInstruction): boolean {
    return this.account.referTo !== null && announce === null;
  }

  async refer(callId: string, { transfer, to }: TransferInstruction): Promise<DoResult> {
    const { referContext: context } = this.names;
    const channel = `channels/${callId}`;
    const value = (this.account.referTo ?? '')
      .replaceAll('{number}', to)
      .replaceAll('{digits}', to.replace(/^\+/, ''));
    // The agent is out of the call first, whatever becomes of its socket.
    await this.media.detach(callId);
    // In a context that is not there the caller would be hung up.
    const variable = `DIALPLAN_EXISTS(${context},${transfer},1)`;
    const exists = await this.ari.ask('GET', `${channel}/variable`, { variable });
    if (isStatus(exists, 200) && valueOf(exists) !== '1') {
      return { kind: 'failed', message: `the dialplan has no context ${context}` };
    }
    if (!isStatus(exists, 200)) return problem(exists);
    const set = await this.ari.ask('POST', `${channel}/variable`, { variable: REFER_TO, value });
    if (!isStatus(set, 204)) return problem(set);
    const left = await this.ari.ask('POST', `${channel}/continue`, {
      context,
      extension: transfer,
      priority: 1,
    });
    // 409: it is there already, by an earlier request whose reply was lost.
    return isStatus(left, 204, 409) ? { kind: 'done' } : problem(left);
  }
}

function isStatus(answer: AriAnswer, ...statuses: number[]): boolean {
  return typeof answer !== 'string' && statuses.includes(answer.status);
}

function valueOf(answer: AriAnswer): unknown {
  const { value } = Object(typeof answer === 'string' ? null : answer.body) as { value?: unknown };
  return value;
}

function problem(answer: AriAnswer): DoResult {
  return { kind: typeof answer === 'string' ? 'lost' : 'failed', message: problemOf(answer) };
}
