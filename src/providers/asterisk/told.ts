import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import type { CallStatus } from '../../calls/ledger/call-status.js';
import type { LegReport } from '../../calls/transfers/transfer-entries.js';
import { parseParty } from '../../shared/party.js';
import type { AnswerRequest, FeedTold } from '../ingress.js';
import { isOfApp, numberIn, textIn, type AriChannel, type AriEvent } from './ari-messages.js';
import { callOfMedia, type ChannelNames } from './channel-names.js';
import { endingOf, transferFailureOf } from './endings.js';
import type { OpenDials } from './open-dials.js';
import type { PersonChannels } from './person-channels.js';
import { referralIn, referralOf } from './referral.js';

/** How far Asterisk's time-out may be from the one that we asked for. */
const RING_SLACK_MS = 1_000;

/** The word of a state that we record, and the status that it means. */
const STATES: Readonly<Record<string, CallStatus>> = {
  Ring: 'ringing',
  Ringing: 'ringing',
  Up: 'answered',
};

/** What an event means for one of our calls; null where it means nothing. */
export function toldBy(
  event: AriEvent,
  names: ChannelNames,
  dials: OpenDials,
  people: Pick<PersonChannels, 'wasJoined'>,
): FeedTold | null {
  const { type, channel, fields } = event;
  if (!channel || callOfMedia(channel.id) !== null) return null;
  if (names.transferOf(channel.id)) return toldOfPerson(event, channel, names, dials, people);
  const referral = referralIn(event, channel, names);
  if (referral) return referral;
  switch (type) {
    case 'StasisStart':
      return told(
        channel,
        names,
        [stateOf(event, channel.state)],
        questionOf(event, channel, names),
      );
    case 'ChannelStateChange':
      return told(channel, names, [stateOf(event, channel.state)]);
    case 'Dial': {
      const dialStatus = textIn(fields['dialstatus']);
      dials.told(channel.id, dialStatus);
      // In any order with the states, which say the same.
      if (dialStatus === 'RINGING') return told(channel, names, [stateOf(event, 'Ringing')]);
      return dialStatus === 'ANSWER' ? told(channel, names, [stateOf(event, 'Up')]) : null;
    }
    case 'ChannelDestroyed': {
      const end = endOf(event, channel, names, dials);
      dials.ended(channel.id);
      return told(channel, names, [end]);
    }
    default:
      return null;
  }
}

/**
 * A channel of the list, as the feed would report it now: nothing where it is none of ours, and twice
 * where its caller is being referred to a person. It asks if it waits in our application without a
 * channel that carries its audio.
 */
export function listedAs(channel: AriChannel, hasMedia: boolean, names: ChannelNames): FeedTold[] {
  const waits = isOfApp(channel, names.app);
  const ofPerson = { type: 'listed', at: null, channel, fields: { channel: { ...channel } } };
  if (names.transferOf(channel.id)) {
    return listOf(leg(ofPerson, channel, names, channel.state === 'Up' ? 'answered' : 'ringing'));
  }
  if (callOfMedia(channel.id) !== null) return [];
  const referral = referralOf(channel, names);
  if (!waits && !referral && names.runOf(channel.id) === null) return [];
  const fields = { args: channel.appData.split(',').slice(1), channel: { ...channel } };
  const event: AriEvent = { type: 'listed', at: null, channel, fields };
  const asks = waits && !hasMedia && !referral;
  const question = asks ? questionOf(event, channel, names) : null;
  const own = told(channel, names, [stateOf(event, channel.state)], question);
  return [...listOf(own), ...listOf(referral)];
}

function listOf<T>(one: T | null): T[] {
  return one === null ? [] : [one];
}

/** What an event of the person's channel of a transfer means for the call that is transferred. */
function toldOfPerson(
  event: AriEvent,
  channel: AriChannel,
  names: ChannelNames,
  dials: OpenDials,
  people: Pick<PersonChannels, 'wasJoined'>,
): FeedTold | null {
  switch (event.type) {
    case 'StasisStart':
      return leg(event, channel, names, 'answered');
    case 'Dial': {
      const dialStatus = textIn(event.fields['dialstatus']);
      dials.told(channel.id, dialStatus);
      return dialStatus === '' || dialStatus === 'RINGING'
        ? leg(event, channel, names, 'ringing')
        : null;
    }
    case 'ChannelDestroyed': {
      const { status, sipCode } = endOf(event, channel, names, dials);
      dials.ended(channel.id);
      // A person who hangs up while something is announced to them was not connected.
      const isDeclined = status === 'completed' && !people.wasJoined(channel.id);
      const failure = isDeclined ? 'failed' : transferFailureOf(status ?? 'failed');
      return leg(event, channel, names, 'over', { failure, sipCode });
    }
    default:
      return null;
  }
}

function leg(
  { at, fields }: AriEvent,
  { id }: AriChannel,
  names: ChannelNames,
  step: LegReport['step'],
  more: Pick<LegReport, 'failure' | 'sipCode'> = { failure: null, sipCode: null },
): FeedTold | null {
  const about = names.transferOf(id);
  if (!about) return null;
  const { callId, transfer } = about;
  return {
    ids: { call: callId },
    accountId: null,
    runId: names.runOf(callId),
    events: [],
    question: null,
    leg: {
      transfer,
      leg: id,
      step,
      source: 'feed',
      occurredAt: at,
      durationSeconds: null,
      payload: fields,
      ...more,
    },
  };
}

function told(
  { id }: AriChannel,
  names: ChannelNames,
  events: ReadonlyArray<CallEventDraft | null>,
  question: AnswerRequest | null = null,
): FeedTold | null {
  const kept = events.filter((event) => event !== null);
  if (kept.length === 0 && question === null) return null;
  return { ids: { call: id }, accountId: null, runId: names.runOf(id), events: kept, question };
}

/** Null for a state that we do not keep. */
function stateOf(event: AriEvent, state: string): CallEventDraft | null {
  const status = STATES[state];
  if (status === undefined) return null;
  return callEvent({
    type: 'status',
    source: 'feed',
    status,
    providerStatus: state,
    occurredAt: event.at,
    payload: event.fields,
    dedupeKey: `feed:${status}`,
  });
}

function endOf(
  { at, fields }: AriEvent,
  channel: AriChannel,
  names: ChannelNames,
  dials: OpenDials,
): CallEventDraft {
  const dial = dials.find(channel.id);
  const lastedMs = at && channel.createdAt ? at.getTime() - channel.createdAt.getTime() : null;
  const rangOut =
    dial && lastedMs !== null ? lastedMs >= dial.ringTimeoutSeconds * 1000 - RING_SLACK_MS : null;
  const cause = numberIn(fields['cause']) ?? 0;
  // Of other technologies it is no SIP status.
  const techCause = numberIn(fields['tech_cause']);
  const sipCode = techCause !== null && techCause >= 300 && techCause <= 699 ? techCause : null;
  const { status, isUnreachable } = endingOf({
    direction: isDialledByUs(channel, names) ? 'outbound' : 'inbound',
    wasAnswered: channel.state === 'Up',
    hasRung: dial === null || dial.hasRung || channel.state === 'Ringing',
    rangOut,
    cause,
    sipCode,
    dialStatus: dial?.dialStatus ?? '',
  });
  return callEvent({
    type: 'status',
    source: 'feed',
    status,
    providerStatus: textIn(fields['cause_txt']) || `cause ${cause}`,
    occurredAt: at,
    sipCode,
    detail: isUnreachable ? { cause, unreachable: true } : { cause },
    payload: fields,
    dedupeKey: 'feed:end',
  });
}

function questionOf(event: AriEvent, channel: AriChannel, names: ChannelNames): AnswerRequest {
  const isOurs = names.runOf(channel.id) !== null;
  const [called] = Array.isArray(event.fields['args']) ? event.fields['args'].map(textIn) : [];
  return {
    direction: isOurs ? 'outbound' : 'inbound',
    from: parseParty(channel.callerNumber).told,
    // The dialplan may name the number, where what was dialled is an extension.
    to: parseParty(called || channel.exten).told,
    status: STATES[channel.state] ?? null,
    providerStatus: channel.state,
    answeredBy: null,
    payload: event.fields,
  };
}

function isDialledByUs({ id }: AriChannel, names: ChannelNames): boolean {
  return names.runOf(id) !== null || names.transferOf(id) !== null;
}
