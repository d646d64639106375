import { isMalformed, type Told, type WebhookIngress } from '../../src/providers/ingress.js';
import { CarrierRefusal } from '../../src/telephony/webhooks/carrier-refusal.js';

/**
 * What an account reads in a form whose signature was right.
 * @throws CarrierRefusal where it makes no sense, as the service does
 */
export function readForm(
  { ingress }: { ingress: WebhookIngress },
  purpose: 'answer' | 'events',
  form: ReadonlyArray<readonly [string, string]>,
): Told {
  const body = new URLSearchParams(form.map(([name, value]): [string, string] => [name, value]));
  const told = ingress.read(
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(body.toString()),
      target: '/',
      urls: [],
    },
    purpose,
  );
  if (!isMalformed(told)) return told;
  const surface = purpose === 'answer' ? 'answer' : 'status-callback';
  throw new CarrierRefusal(400, surface, 'malformed', null, { problem: told.malformed });
}
