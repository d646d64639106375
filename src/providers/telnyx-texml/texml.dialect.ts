import type { TwimlDialect } from '../twilio/dialect.js';
import { SIGNATURE_HEADER } from '../telnyx/signature.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Telnyx's TeXML (https://developers.telnyx.com/docs/voice/programmable-voice/texml-setup): Twilio's requests and
 * instructions, with Telnyx's signatures, ids and streams. What its documents leave open is left out: transfers, and
 * what machine detection reports.
 */
export const TEXML: TwimlDialect = Object.freeze<TwimlDialect>({
  kind: 'telnyx-texml',
  signatureHeader: SIGNATURE_HEADER,
  signsUpgrades: false,
  callId: { form: /^[\w:.~=-]{1,200}$/, words: 'an id of Telnyx’s' },
  accountId: { form: UUID, words: 'a UUID' },
  accountField: 'account_sid',
  differences: {
    dialIdentity: 'none',
    streamToken: 'path',
    transfers: [],
    machineDetection: false,
  },
  addressed: (url) => url,
});
