import type twilio from 'twilio';
import { NumbersPort, type ConfigureNumberResult, type NumberUrls } from '../numbers-port.js';
import { REQUEST_TIMEOUT_MS, restClient, SEARCH_LIMIT } from './client.js';
import { TWILIO, type TwimlDialect } from './dialect.js';
import { describe, NOT_THEIRS } from '../api-failure.js';
import { failureOf } from './failure.js';
import { TwilioHttp } from './http.js';
import type { TwilioAccount } from './twilio.settings.js';

/** Twilio's IncomingPhoneNumbers resource. */
export class TwilioNumbers extends NumbersPort {
  private readonly client: twilio.Twilio;

  constructor(
    account: TwilioAccount,
    timeoutMs: number = REQUEST_TIMEOUT_MS,
    private readonly dialect: TwimlDialect = TWILIO,
  ) {
    super();
    this.client = restClient(account, new TwilioHttp(timeoutMs));
  }

  urlsFor({ answer, events }: { answer: string; events: string }): NumberUrls {
    const { addressed } = this.dialect;
    return { answerUrl: addressed(answer), statusCallbackUrl: addressed(events) };
  }

  async configure(number: string, urls: NumberUrls): Promise<ConfigureNumberResult> {
    try {
      // The filter also finds numbers that merely contain this one.
      const found = await this.client.incomingPhoneNumbers.list({
        phoneNumber: number,
        limit: SEARCH_LIMIT,
      });
      const owned = found.find(({ phoneNumber }) => phoneNumber === number);
      if (!owned) return { kind: 'not-found' };
      const updated = await this.client.incomingPhoneNumbers(owned.sid).update({
        // Twilio ignores the URLs of a number that belongs to an application.
        voiceApplicationSid: '',
        voiceUrl: urls.answerUrl,
        voiceMethod: 'POST',
        statusCallback: urls.statusCallbackUrl,
        statusCallbackMethod: 'POST',
      });
      if (updated.sid !== owned.sid) return { kind: 'failed', message: NOT_THEIRS };
      return { kind: 'configured' };
    } catch (error) {
      return { kind: 'failed', message: describe(failureOf(error)) };
    }
  }
}
