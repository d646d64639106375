import { Agent, request } from 'node:http';
import { encodeForm, type FormFields } from '../../carrier/form-fields.js';
import { signWebhook, withoutFragment } from '../../carrier/signing/signature.js';
import type { PatchbayAccount } from './plan.js';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends a carrier's signed webhook. Null if it was not answered with 2xx. */
export function ask(
  port: number,
  { origin, authToken }: PatchbayAccount,
  url: string,
  fields: FormFields,
): Promise<string | null> {
  const body = encodeForm(fields);
  return new Promise((resolve) => {
    const asked = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: withoutFragment(url).slice(origin.length),
        headers: {
          Host: new URL(origin).host,
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': Buffer.byteLength(body),
          'X-Twilio-Signature': signWebhook(url, fields, authToken),
        },
      },
      (response) => {
        const { statusCode = 0 } = response;
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve(statusCode >= 200 && statusCode < 300 ? text : null));
      },
    );
    asked.on('error', () => resolve(null));
    asked.end(body);
  });
}
