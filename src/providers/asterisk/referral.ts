import type { LegReport } from '../../calls/transfers/transfer-entries.js';
import type { FeedTold } from '../ingress.js';
import { isOfApp, textIn, type AriChannel, type AriEvent } from './ari-messages.js';
import type { ChannelNames } from './channel-names.js';
import { referFailureOf } from './endings.js';

/** The first argument of a channel that comes back from the dialplan. */
const BACK = 'refer';
/** As `TRANSFERSTATUS` says it: the NOTIFY has told that the person answered, or none was to come. */
const SUCCESS = 'SUCCESS';

/**
 * What an event means for the transfer of a caller who is in our part of the dialplan, where `Transfer`
 * refers them to a person; null where it means nothing for it.
 */
export function referralIn(
  event: AriEvent,
  channel: AriChannel,
  names: ChannelNames,
): FeedTold | null {
  const { type, fields } = event;
  switch (type) {
    case 'ChannelDialplan':
      return textIn(fields['dialplan_app']) === 'Transfer'
        ? referral(channel, names, { step: 'ringing' }, event)
        : null;
    // A caller who is gone at once does not come back any more.
    case 'ChannelVarset':
      return textIn(fields['variable']) === 'TRANSFERSTATUS' && textIn(fields['value']) === SUCCESS
        ? referral(channel, names, { step: 'handed-over' }, event)
        : null;
    case 'StasisStart': {
      const args = Array.isArray(fields['args']) ? fields['args'].map(textIn) : [];
      return args[0] === BACK ? referral(channel, names, outcomeIn(args), event) : null;
    }
    default:
      return null;
  }
}

/**
 * What a channel of the list says of its referral: under way, or taken. Null for every other channel,
 * also for one whose referral has failed: it waits for an instruction like any other.
 */
export function referralOf(channel: AriChannel, names: ChannelNames): FeedTold | null {
  const args = channel.appData.split(',').slice(1);
  if (!isOfApp(channel, names.app)) return referral(channel, names, { step: 'ringing' });
  const isTaken = args[0] === BACK && outcomeIn(args).step === 'handed-over';
  return isTaken ? referral(channel, names, { step: 'handed-over' }) : null;
}

function outcomeIn([, status, protocol]: readonly string[]): Outcome {
  if (status === SUCCESS) return { step: 'handed-over' };
  const code = Number(protocol);
  const sipCode = Number.isInteger(code) && code >= 300 && code <= 699 ? code : null;
  return { step: 'over', failure: referFailureOf(sipCode), sipCode };
}

type Outcome = Pick<LegReport, 'step'> & Partial<Pick<LegReport, 'failure' | 'sipCode'>>;

/** Null where the channel is elsewhere. */
function referral(
  { id, context, exten }: AriChannel,
  names: ChannelNames,
  outcome: Outcome,
  event?: AriEvent,
): FeedTold | null {
  if (context !== names.referContext || !/^[1-9]\d{0,5}$/.test(exten)) return null;
  const transfer = Number(exten);
  return {
    ids: { call: id },
    accountId: null,
    runId: names.runOf(id),
    events: [],
    question: null,
    leg: {
      transfer,
      leg: names.ofReferred(id, transfer),
      failure: null,
      sipCode: null,
      source: 'feed',
      occurredAt: event?.at ?? null,
      durationSeconds: null,
      payload: event?.fields ?? {},
      ...outcome,
    },
  };
}
