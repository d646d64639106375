import { randomBytes, randomUUID } from 'node:crypto';
import {
  CarrierDiagnostics,
  type AccountResult,
  type AlertsResult,
  type CarrierTimeResult,
  type OwnedNumber,
  type OwnedNumbersResult,
  type SyntheticRequest,
} from '../carrier-diagnostics.js';
import { bytesOf } from '../form-fields.js';
import { PlivoApi } from './api.js';
import { applicationsOf, listed } from './applications.js';
import { PLIVO } from './dialect.js';
import { describe } from '../api-failure.js';
import { withPlus } from './parties.js';
import type { PlivoAccount } from './plivo.settings.js';
import { sign, signedText, withNonce } from './signature.js';

/** Short, because a person waits in front of a screen. */
const REQUEST_TIMEOUT_MS = 6_000;

/** What Plivo reports about an account and its numbers. It keeps no log of its own that could be asked. */
export class PlivoDiagnostics extends CarrierDiagnostics {
  readonly advice = {
    refused:
      'Copy auth ID and auth token from the Plivo console into the account. For the account of the environment these are PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN; then restart.',
    unreachable:
      'Let this machine connect to the carrier’s API over https; with another base for the API (PLIVO_API_BASE_URL), look at what listens there.',
    trial: 'The account is a trial account: Plivo calls only verified numbers from those.',
  };

  readonly signatureHeaders = ['x-plivo-signature-v3', 'x-plivo-signature-v3-nonce'];
  private readonly api: PlivoApi;

  constructor(private readonly credentials: PlivoAccount) {
    super();
    this.api = new PlivoApi(credentials, PLIVO, REQUEST_TIMEOUT_MS);
  }

  syntheticAnswer(url: string): SyntheticRequest {
    const call = randomUUID();
    const fields: Array<[string, string]> = [
      ['CallUUID', call],
      ['RequestUUID', call],
      ['CallStatus', 'in-progress'],
      ['Direction', 'outbound'],
      ['Event', 'StartApp'],
      // Encoded, empty and non-ASCII values, which proxies that change bodies spoil.
      ['CallerName', "Ève O'Neil + 1 & Söhne"],
      ['ForwardedFrom', ''],
    ];
    const nonce = BigInt(`0x${randomBytes(8).toString('hex')}`)
      .toString()
      .padStart(20, '0');
    const raw = fields.map(([name, value]) => [bytesOf(name), bytesOf(value)] as const);
    const text = signedText(url, 'POST', raw, 'v3', PLIVO);
    return {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
        'X-Plivo-Signature-V3': sign(this.credentials.authToken, withNonce(text, nonce, 'v3')),
        'X-Plivo-Signature-V3-Nonce': nonce,
      },
      body: new URLSearchParams(fields).toString(),
    };
  }

  async account(): Promise<AccountResult> {
    const answer = await this.api.ask('GET', '');
    if (answer.kind !== 'done') {
      const isDenied = answer.kind === 'refused' && [401, 403, 404].includes(answer.status);
      return { kind: isDenied ? 'refused' : 'failed', message: describe(answer) };
    }
    const {
      auth_id: id,
      account_type: type,
      billing_mode: mode,
      cash_credits: credits,
    } = answer.body;
    // Something other than Plivo may answer at this address.
    if (id !== this.credentials.authId)
      return { kind: 'failed', message: 'the reply is no account' };
    const isEmpty = mode === 'prepaid' && Number(credits) <= 0;
    const status = isEmpty ? 'out of credit' : 'active';
    return {
      kind: 'found',
      active: !isEmpty,
      status,
      trial: type === 'developer' || type === 'trial',
    };
  }

  alerts(): Promise<AlertsResult> {
    return this.account().then((account) =>
      account.kind === 'failed'
        ? account
        : { kind: 'not-allowed', message: 'Plivo’s API has no log of errors' },
    );
  }

  explain(): null {
    return null;
  }

  async ownedNumbers(): Promise<OwnedNumbersResult> {
    const [numbers, applications] = [
      await listed(this.api, 'Number/'),
      await applicationsOf(this.api),
    ];
    if (!Array.isArray(numbers)) return { kind: 'failed', message: numbers.failed };
    if (!Array.isArray(applications)) return { kind: 'failed', message: applications.failed };
    return {
      kind: 'found',
      numbers: numbers.map(({ number, application }): OwnedNumber => {
        // `/v1/Account/MA…/Application/1234567890/`
        const [id = ''] =
          /[^/]+(?=\/?$)/.exec(typeof application === 'string' ? application : '') ?? [];
        const held = applications.find((one) => one.id === id);
        return {
          number: withPlus(typeof number === 'string' ? number : ''),
          answerUrl: held?.answerUrl ?? '',
          statusCallbackUrl: held?.hangupUrl ?? '',
          statusCallbackMethod: held?.hangupMethod ?? 'POST',
          overriddenBy: null,
        };
      }),
    };
  }

  /** Every reply has the time, a refusal too. */
  async time(): Promise<CarrierTimeResult> {
    const askedAt = Date.now();
    const answer = await this.api.ask('GET', '');
    if (answer.kind !== 'done' && answer.kind !== 'refused') {
      return { kind: 'failed', message: describe(answer) };
    }
    const theirs = Date.parse(answer.headers.date ?? '');
    if (Number.isNaN(theirs)) return { kind: 'failed', message: 'the reply has no time' };
    // The header is cut to whole seconds, so it is half a second old on average.
    return { kind: 'found', aheadMs: Math.round(theirs + 500 - (askedAt + Date.now()) / 2) };
  }
}
