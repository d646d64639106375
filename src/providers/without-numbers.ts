import { maskPartiesIn } from '../shared/party.js';

/** Carriers' texts quote the parties they complain about, including numbers without their plus. */
export function withoutNumbers(text: string, lengthMax = 200): string {
  return maskPartiesIn(text)
    .replace(/\d{7,}/g, '[number]')
    .slice(0, lengthMax);
}
