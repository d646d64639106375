import type { TwimlDialect } from '../twilio/dialect.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ID = { form: UUID, words: 'a UUID' };

/**
 * SignalWire's Compatibility API (https://signalwire.com/docs/compatibility-api). It has no
 * connection overrides and documents no signature of an upgrade, so the token in the stream's path
 * proves that one is ours.
 */
export const SIGNALWIRE: TwimlDialect = Object.freeze<TwimlDialect>({
  kind: 'signalwire',
  signatureHeader: 'x-signalwire-signature',
  signsUpgrades: false,
  callId: ID,
  accountId: ID,
  accountField: 'project_id',
  // Instructions within an update (`Twiml`) are not in its public description.
  differences: { streamToken: 'path', redirects: false, transfers: [] },
  addressed: (url) => url,
});
