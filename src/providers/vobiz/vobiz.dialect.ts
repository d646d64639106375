import { PLIVO, type PlivoDialect } from '../plivo/dialect.js';
import { withPlus } from '../plivo/parties.js';

/** An Indian number as it is dialled within India. */
const NATIONAL = /^0([1-9]\d{9})$/;

/**
 * Vobiz (https://docs.vobiz.ai) speaks Plivo's protocol. Its signatures cover the URL without its query and nothing
 * that a request says; it documents no signature of an upgrade, no retries of callbacks, and one id for a request and
 * its call.
 */
export const VOBIZ: PlivoDialect = Object.freeze<PlivoDialect>({
  ...PLIVO,
  kind: 'vobiz',
  label: 'Vobiz',
  apiBaseUrl: 'https://api.vobiz.ai/api/v1',
  authId: { form: /^[A-Za-z0-9_-]{2,64}$/, words: 'letters, digits, hyphens and underscores' },
  login: (authId, authToken) => ({ 'X-Auth-ID': authId, 'X-Auth-Token': authToken }),
  signatureHeader: 'x-vobiz-signature',
  signsFields: false,
  signsUpgrades: false,
  trustsV2: true,
  cancelsRequests: false,
  // The form of its errors is not documented.
  isOwnWord: (_, __, body) => typeof body === 'object' && body !== null,
  dialled: (number) => number,
  party: (text) => {
    const [, national] = NATIONAL.exec(text.trim()) ?? [];
    return national === undefined ? withPlus(text) : `+91${national}`;
  },
  l16: { in: 'pcm16be', out: 'pcm16le' },
  differences: { streamToken: 'path' },
  addressed: (url) => url,
});
