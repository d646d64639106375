import { randomBytes } from 'node:crypto';
import {
  CarrierDiagnostics,
  type AccountResult,
  type AlertMeaning,
  type AlertsResult,
  type CarrierAlert,
  type CarrierTimeResult,
  type OwnedNumbersResult,
  type SyntheticRequest,
} from '../carrier-diagnostics.js';
import { ALERT_MEANINGS } from './alert-meanings.js';
import { apiLogin } from './api-access.js';
import { restClient } from './client.js';
import { describe } from '../api-failure.js';
import { failureOf, type Failure } from './failure.js';
import { TwilioHttp } from './http.js';
import { sign, SIGNATURE_HEADER, signedFields } from './signature.js';
import type { TwilioAccount } from './twilio.settings.js';

/** Short, because a person waits in front of a screen. */
const REQUEST_TIMEOUT_MS = 6_000;
const ALERTS_MAX = 200;
const NUMBERS_MAX = 1_000;
const API = 'https://api.twilio.com';

/** What Twilio reports about the account, its alerts and its numbers. */
export class TwilioDiagnostics extends CarrierDiagnostics {
  readonly advice = {
    refused:
      'Copy account SID and auth token from the carrier’s console into the account, and the API key where one is used; each Twilio region has its own. For the account of the environment these are TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET; then restart.',
    unreachable:
      'Let this machine connect to the carrier’s API over https; with another base for the API (TWILIO_API_BASE_URL), look at what listens there.',
    trial:
      'The account is a trial account: Twilio blocks media streams (<Stream>) on those, and calls only verified numbers.',
  };

  readonly signatureHeaders = [SIGNATURE_HEADER];
  private readonly client: ReturnType<typeof restClient>;

  constructor(private readonly credentials: TwilioAccount) {
    super();
    this.client = restClient(credentials, new TwilioHttp(REQUEST_TIMEOUT_MS));
  }

  syntheticAnswer(url: string): SyntheticRequest {
    const { accountSid, authToken } = this.credentials;
    const fields: Array<[string, string]> = [
      ['AccountSid', accountSid],
      ['ApiVersion', '2010-04-01'],
      ['CallSid', `CA${randomBytes(16).toString('hex')}`],
      ['CallStatus', 'in-progress'],
      ['Direction', 'outbound-api'],
      // Encoded, empty and non-ASCII values, which proxies that change bodies spoil.
      ['CallerName', "Ève O'Neil + 1 & Söhne"],
      ['FromCity', ''],
    ];
    const [signed = ''] = url.split('#', 1);
    return {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
        'User-Agent': 'TwilioProxy/1.1',
        'X-Twilio-Signature': sign(authToken, signed, signedFields(fields)),
      },
      body: new URLSearchParams(fields).toString(),
    };
  }

  async account(): Promise<AccountResult> {
    const told = await this.askAccount();
    if (told.kind !== 'refused' || !this.credentials.apiKey) return told;
    // A standard or restricted key may not read the account itself, only what belongs to it.
    const numbers = await this.ownedNumbers();
    return numbers.kind === 'found' ? { kind: 'hidden' } : told;
  }

  private async askAccount(): Promise<AccountResult> {
    try {
      const { accountSid } = this.credentials;
      const { sid, status, type } = await this.client.api.v2010.accounts(accountSid).fetch();
      // Something other than Twilio may answer at this address.
      if (sid !== accountSid || typeof status !== 'string') {
        return { kind: 'failed', message: 'the reply is no account' };
      }
      return { kind: 'found', active: status === 'active', status, trial: type === 'Trial' };
    } catch (error) {
      const failure = failureOf(error);
      return { kind: isDenial(failure) ? 'refused' : 'failed', message: describe(failure) };
    }
  }

  /** https://www.twilio.com/docs/usage/monitor-alert */
  async alerts(since: Date): Promise<AlertsResult> {
    try {
      const found = await this.client.monitor.v1.alerts.list({
        startDate: since,
        limit: ALERTS_MAX,
      });
      const alerts = found.map(
        ({ errorCode, logLevel, dateGenerated, requestUrl }): CarrierAlert => ({
          code: /^\d{1,6}$/.test(errorCode) ? errorCode : 'unknown',
          level: logLevel === 'error' || logLevel === 'warning' ? logLevel : 'notice',
          at: dateGenerated instanceof Date ? dateGenerated : null,
          host: hostOf(requestUrl),
        }),
      );
      return { kind: 'found', alerts };
    } catch (error) {
      const failure = failureOf(error);
      return { kind: isDenial(failure) ? 'not-allowed' : 'failed', message: describe(failure) };
    }
  }

  explain(code: string): AlertMeaning | null {
    return ALERT_MEANINGS.get(code) ?? null;
  }

  async ownedNumbers(): Promise<OwnedNumbersResult> {
    try {
      const found = await this.client.incomingPhoneNumbers.list({ limit: NUMBERS_MAX });
      const numbers = found.map((one) => ({
        number: one.phoneNumber,
        answerUrl: one.voiceUrl ?? '',
        statusCallbackUrl: one.statusCallback ?? '',
        statusCallbackMethod: one.statusCallbackMethod ?? 'POST',
        // Either one makes Twilio ignore the number's own voice URL.
        overriddenBy: overriderOf(one),
      }));
      return { kind: 'found', numbers };
    } catch (error) {
      return { kind: 'failed', message: describe(failureOf(error)) };
    }
  }

  /** Every reply contains the time, a refusal too. */
  async time(): Promise<CarrierTimeResult> {
    const { accountSid, apiBaseUrl } = this.credentials;
    // A separate client, because this must not be the time of another request's reply.
    const http = new TwilioHttp(REQUEST_TIMEOUT_MS);
    try {
      await http.request({
        method: 'GET',
        uri: `${apiBaseUrl ?? API}/2010-04-01/Accounts/${accountSid}.json`,
        ...apiLogin(this.credentials),
      });
    } catch (error) {
      if (http.aheadMs === null) return { kind: 'failed', message: describe(failureOf(error)) };
    }
    return http.aheadMs === null
      ? { kind: 'failed', message: 'the reply has no time' }
      : { kind: 'found', aheadMs: http.aheadMs };
  }
}

/** Twilio's own statement that these credentials may not do this. */
function isDenial(failure: Failure): boolean {
  return failure.kind === 'refused' && [401, 403, 404].includes(failure.status);
}

function overriderOf(number: { trunkSid?: string; voiceApplicationSid?: string }) {
  if (number.trunkSid) return 'trunk' as const;
  return number.voiceApplicationSid ? ('application' as const) : null;
}

/**
 * Returns only the host, because the rest of the URL may contain numbers. Null also for requests to
 * Twilio, which may have been ours.
 */
function hostOf(url: unknown): string | null {
  const host = typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : '';
  return host === '' || /(?:^|\.)twilio\.com$/.test(host) ? null : host;
}
