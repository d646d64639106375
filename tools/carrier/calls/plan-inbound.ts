import type { PhoneNumber } from '../rest/phone-numbers.js';
import type { CallBehaviour } from './call-behaviour.js';
import type { CallPlan } from './call-plan.js';

/** A call from outside to one of the account's numbers. */
export interface InboundCall {
  /** E.164, or a word such as `anonymous`. Default `+12025550143`. */
  from?: string;
  /** One of the account's numbers. Default: the first. */
  to?: string;
  /** Replaces the number's own VoiceUrl. */
  voiceUrl?: string;
  voiceMethod?: 'GET' | 'POST';
  /** Replaces the number's own StatusCallback. */
  statusCallback?: string;
  behaviour?: CallBehaviour;
}

/** The plan for a call from outside, by the called number's settings. */
export function planInbound(
  inbound: InboundCall,
  numbers: readonly PhoneNumber[],
  behaviour: CallBehaviour,
): CallPlan {
  const to = inbound.to ?? numbers[0]?.phoneNumber;
  const number = numbers.find(({ phoneNumber }) => phoneNumber === to);
  if (!number) throw new Error(`${to ?? 'the number'} is not one of this account's`);
  const voiceUrl = inbound.voiceUrl ?? number.voiceUrl;
  if (!voiceUrl) throw new Error('the number has no VoiceUrl');
  const callback = inbound.statusCallback ?? number.statusCallback;
  const method = inbound.voiceMethod ?? number.voiceMethod ?? 'POST';
  return {
    direction: 'inbound',
    parentSid: null,
    from: inbound.from ?? '+12025550143',
    to: number.phoneNumber,
    phoneNumberSid: number.sid,
    answer: { kind: 'ask', as: 'voice', target: { url: voiceUrl, method } },
    fallback: number.voiceFallbackUrl
      ? { url: number.voiceFallbackUrl, method: number.voiceFallbackMethod ?? 'POST' }
      : null,
    statusCallback: callback
      ? { url: callback, method: number.statusCallbackMethod ?? 'POST', events: ['completed'] }
      : null,
    timeoutSeconds: 60,
    timeLimitSeconds: 14_400,
    machineDetection: null,
    behaviour,
  };
}
