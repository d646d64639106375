import type { CallBehaviour } from '../calls/call-behaviour.js';
import type { CallPlan, InstructionSource, Target } from '../calls/call-plan.js';
import type { CallbackEvent } from '../calls/call-status.js';
import { CALLBACK_EVENTS } from '../calls/call-status.js';
import type { FormFields } from '../form-fields.js';
import { field } from '../form-fields.js';
import { checkParties } from './check-parties.js';
import { checkCallbackUrl, checkMethod, checkUrl } from './check-url.js';
import { badRequest } from './twilio-error.js';

/** What the rules need to know about the account. */
export interface AccountRules {
  allowPlainHttp: boolean;
  /** SID of a number of the account; null if the number is not the account's. */
  phoneNumberSid(number: string): string | null;
  behaviourFor(to: string): CallBehaviour;
  /** Logs something without refusing the request. */
  warn(code: number, message: string): void;
}

/** Parameters of the create request (Twilio's OpenAPI description, 2010-04-01, Calls). */
const KNOWN_PARAMETERS = new Set(
  `To From Url Method Twiml ApplicationSid FallbackUrl FallbackMethod StatusCallback
  StatusCallbackEvent StatusCallbackMethod SendDigits Timeout TimeLimit Record RecordingChannels
  RecordingTrack RecordingStatusCallback RecordingStatusCallbackMethod RecordingStatusCallbackEvent
  RecordingConfigurationId Trim MachineDetection MachineDetectionTimeout
  MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout
  AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod CallerId CallToken CallReason Byoc
  SipAuthUsername SipAuthPassword ClientNotificationUrl`.split(/\s+/),
);

/** Turns the create request into a plan. Throws a TwilioError where Twilio would refuse it. */
export function readCreateCall(form: FormFields, account: AccountRules): CallPlan {
  warnOfUnknown(form, KNOWN_PARAMETERS, account);
  const { to, from } = checkParties(
    field(form, 'To'),
    field(form, 'From'),
    (number) => account.phoneNumberSid(number) !== null,
  );
  if (field(form, 'ApplicationSid')) throw badRequest(21_218, 'Invalid ApplicationSid');
  const fallbackUrl = field(form, 'FallbackUrl');
  const fallbackMethod = checkMethod(field(form, 'FallbackMethod'), 'FallbackMethod');
  const digits = field(form, 'SendDigits');
  if (digits && !/^[0-9A-Da-d#*wW]{1,32}$/.test(digits)) {
    throw badRequest(21_206, 'Invalid SendDigits');
  }
  return {
    direction: 'outbound-api',
    parentSid: null,
    from,
    to,
    phoneNumberSid: account.phoneNumberSid(from),
    answer: readAnswer(form, account),
    fallback: fallbackUrl
      ? {
          url: checkUrl(fallbackUrl, 'FallbackUrl', account.allowPlainHttp),
          method: fallbackMethod,
        }
      : null,
    statusCallback: readStatusCallback(form, account),
    timeoutSeconds: readSeconds(form, 'Timeout', 0, 600, 60, 21_208),
    timeLimitSeconds: readSeconds(form, 'TimeLimit', 1, 86_400, 14_400, 20_001),
    machineDetection: digits ? null : readMachineDetection(form, account),
    behaviour: account.behaviourFor(to),
  };
}

export function warnOfUnknown(
  form: FormFields,
  known: ReadonlySet<string>,
  account: Pick<AccountRules, 'warn'>,
): void {
  for (const name of new Set(form.map(([one]) => one))) {
    if (!known.has(name)) account.warn(20_001, `parameter ${name} is not known and ignored`);
  }
}

function readAnswer(form: FormFields, account: AccountRules): InstructionSource {
  const url = field(form, 'Url');
  const twiml = field(form, 'Twiml');
  const method = checkMethod(field(form, 'Method'), 'Method');
  if (url) {
    if (twiml) account.warn(32_019, 'both Url and Twiml are given; Url is used');
    const checked = checkUrl(url, 'Url', account.allowPlainHttp);
    return { kind: 'ask', as: 'voice', target: { url: checked, method } };
  }
  if (!twiml) throw badRequest(21_205, 'Url parameter is required');
  return { kind: 'twiml', text: checkTwiml(twiml) };
}

export function checkTwiml(twiml: string): string {
  if (twiml.length > 4000) throw badRequest(32_018, 'Twiml is longer than 4000 characters');
  return twiml;
}

function readStatusCallback(form: FormFields, account: AccountRules): CallPlan['statusCallback'] {
  const method = checkMethod(field(form, 'StatusCallbackMethod'), 'StatusCallbackMethod');
  const named = form.filter(([name]) => name === 'StatusCallbackEvent').map(([, value]) => value);
  for (const event of named) {
    if (!isCallbackEvent(event)) {
      throw badRequest(21_626, `Invalid StatusCallbackEvent: ${event}`);
    }
  }
  const url = field(form, 'StatusCallback');
  if (!url) return null;
  const events = named.filter((event) => isCallbackEvent(event));
  return {
    url: checkCallbackUrl(url, 'StatusCallback', account.allowPlainHttp),
    method,
    events: events.length > 0 ? events : ['completed'],
  };
}

function isCallbackEvent(text: string): text is CallbackEvent {
  return (CALLBACK_EVENTS as readonly string[]).includes(text);
}

function readMachineDetection(
  form: FormFields,
  account: AccountRules,
): CallPlan['machineDetection'] {
  const wanted = field(form, 'MachineDetection');
  if (!wanted) return null;
  // Twilio does not document the code for a wrong value.
  if (wanted !== 'Enable' && wanted !== 'DetectMessageEnd') {
    throw badRequest(20_001, 'MachineDetection must be Enable or DetectMessageEnd');
  }
  const url = field(form, 'AsyncAmdStatusCallback');
  const method = checkMethod(
    field(form, 'AsyncAmdStatusCallbackMethod'),
    'AsyncAmdStatusCallbackMethod',
  );
  const callback: Target | null = url
    ? { url: checkCallbackUrl(url, 'AsyncAmdStatusCallback', account.allowPlainHttp), method }
    : null;
  return {
    async: field(form, 'AsyncAmd') === 'true',
    atMessageEnd: wanted === 'DetectMessageEnd',
    callback,
  };
}

function readSeconds(
  form: FormFields,
  name: string,
  low: number,
  high: number,
  absent: number,
  code: number,
): number {
  const text = field(form, name);
  if (text === undefined || text === '') return absent;
  const seconds = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= low && seconds <= high) return seconds;
  throw badRequest(code, `${name} must be between ${low} and ${high}`);
}
