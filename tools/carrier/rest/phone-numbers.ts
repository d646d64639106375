import type { NumberOptions } from '../carrier-options.js';
import { rfc2822 } from '../dates.js';
import type { FormFields } from '../form-fields.js';
import { newSid } from '../sids.js';
import { checkCallbackUrl, checkMethod, checkUrl } from './check-url.js';
import { warnOfUnknown } from './create-call.js';

/** An IncomingPhoneNumber of the account. */
export interface PhoneNumber extends NumberOptions {
  sid: string;
  friendlyName: string;
  createdAt: Date;
  updatedAt: Date;
}

export function newPhoneNumber(options: string | NumberOptions): PhoneNumber {
  const number = typeof options === 'string' ? { phoneNumber: options } : options;
  const now = new Date();
  return {
    ...number,
    sid: newSid('PN'),
    friendlyName: number.phoneNumber,
    createdAt: now,
    updatedAt: now,
  };
}

const SETTABLE = {
  VoiceUrl: 'voiceUrl',
  VoiceFallbackUrl: 'voiceFallbackUrl',
  StatusCallback: 'statusCallback',
} as const;

const METHODS = {
  VoiceMethod: 'voiceMethod',
  VoiceFallbackMethod: 'voiceFallbackMethod',
  StatusCallbackMethod: 'statusCallbackMethod',
} as const;

const KNOWN_PARAMETERS = new Set(
  `VoiceUrl VoiceMethod VoiceFallbackUrl VoiceFallbackMethod StatusCallback StatusCallbackMethod
  FriendlyName ApiVersion VoiceApplicationSid VoiceCallerIdLookup VoiceReceiveMode SmsUrl SmsMethod
  SmsFallbackUrl SmsFallbackMethod SmsApplicationSid AccountSid TrunkSid EmergencyStatus
  EmergencyAddressSid IdentitySid AddressSid BundleSid`.split(/\s+/),
);

/** Throws a TwilioError where Twilio would refuse, and then changes nothing. */
export function updatePhoneNumber(
  number: PhoneNumber,
  form: FormFields,
  rules: { allowPlainHttp: boolean; warn(code: number, message: string): void },
): void {
  warnOfUnknown(form, KNOWN_PARAMETERS, rules);
  const changes: Partial<PhoneNumber> = { updatedAt: new Date() };
  for (const [name, value] of form) {
    if (name === 'FriendlyName') changes.friendlyName = value;
    else if (name in SETTABLE) {
      const check = name === 'StatusCallback' ? checkCallbackUrl : checkUrl;
      const usable = value === '' ? '' : check(value, name, rules.allowPlainHttp);
      changes[SETTABLE[name as keyof typeof SETTABLE]] = usable;
    } else if (name in METHODS) {
      changes[METHODS[name as keyof typeof METHODS]] = checkMethod(value, name);
    }
  }
  Object.assign(number, changes);
}

/** Twilio's OpenAPI description, api.v2010.account.incoming_phone_number; absent URLs are empty strings. */
export function phoneNumberJson(number: PhoneNumber, accountSid: string): Record<string, unknown> {
  return {
    sid: number.sid,
    account_sid: accountSid,
    friendly_name: number.friendlyName,
    phone_number: number.phoneNumber,
    voice_url: number.voiceUrl ?? '',
    voice_method: number.voiceMethod ?? 'POST',
    voice_fallback_url: number.voiceFallbackUrl ?? '',
    voice_fallback_method: number.voiceFallbackMethod ?? 'POST',
    voice_application_sid: '',
    voice_caller_id_lookup: false,
    status_callback: number.statusCallback ?? '',
    status_callback_method: number.statusCallbackMethod ?? 'POST',
    date_created: rfc2822(number.createdAt),
    date_updated: rfc2822(number.updatedAt),
    capabilities: { voice: true, sms: false, mms: false, fax: false },
    api_version: '2010-04-01',
    beta: false,
    origin: 'twilio',
    status: 'in-use',
    trunk_sid: null,
    uri: `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers/${number.sid}.json`,
  };
}
