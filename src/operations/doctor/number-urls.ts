import type { CarrierDiagnostics, OwnedNumber } from '../../providers/carrier-diagnostics.js';
import type { PhoneNumbers } from '../../tenants/phone-numbers.js';
import { inboundAnswerUrl, numberStatusCallbackUrl } from '../../urls/call-urls.js';

/** What is wrong with a number that a workflow has claimed; `fine` is fine. */
export type NumberState = 'fine' | 'leads-elsewhere' | 'overridden' | 'no-callback' | 'not-owned';

export interface ClaimedNumber {
  /** E.164: not to be shown. */
  number: string;
  /** The last two digits, to be told apart by. */
  ending: string;
  state: NumberState;
}

/**
 * The numbers that workflows have claimed, beside what the carrier has configured for them.
 * @returns null with the carrier's message when it could not be asked
 */
export async function claimedNumbers(
  numbers: PhoneNumbers,
  providerName: string,
  diagnostics: CarrierDiagnostics,
  origin: string,
): Promise<ClaimedNumber[] | { failed: string }> {
  const claimed = (await numbers.list()).filter(({ provider }) => provider === providerName);
  if (claimed.length === 0) return [];
  const result = await diagnostics.ownedNumbers();
  if (result.kind === 'failed') return { failed: result.message };
  const owned = new Map(result.numbers.map((one) => [one.number, one]));
  return claimed.map(({ number }) => ({
    number,
    ending: number.slice(-2),
    state: stateOf(owned.get(number), origin),
  }));
}

function stateOf(owned: OwnedNumber | undefined, origin: string): NumberState {
  if (!owned) return 'not-owned';
  if (owned.overridden) return 'overridden';
  if (!isSame(owned.answerUrl, inboundAnswerUrl(origin))) return 'leads-elsewhere';
  return isSame(owned.statusCallbackUrl, numberStatusCallbackUrl(origin)) ? 'fine' : 'no-callback';
}

/** The fragment is for the carrier alone, and the case of the host is nobody's. */
function isSame(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(url: string): string {
  const [text = ''] = url.split('#', 1);
  return text.replace(/^[a-z]+:\/\/[^/]+/i, (start) => start.toLowerCase());
}
