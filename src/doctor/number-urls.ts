import type { CarrierAccount } from '../providers/carrier-account.js';
import type { CarrierDiagnostics, OwnedNumber } from '../providers/carrier-diagnostics.js';
import type { NumberState } from '../providers/number-states.js';
import { isE164 } from '../shared/party.js';
import type { PhoneNumbers } from '../tenants/phone-numbers.js';
import { answerUrl, eventsUrl, type Addressee } from '../urls/call-urls.js';

/** What to do about a number whose URLs are not ours. */
export const REPAIR =
  'Set their URLs at the carrier: the console’s button, `npm run doctor -- --repair-numbers` or POST /api/v1/telephony/diagnostics/repairs/numbers does it.';

export interface ClaimedNumber {
  /** E.164, or a SIP address: not to be shown. */
  number: string;
  /** The last two digits, to be told apart by; empty for a SIP address. */
  ending: string;
  state: NumberState;
}

/**
 * The numbers that workflows have claimed, beside what the carrier has configured for them.
 * @returns null with the carrier's message when it could not be asked
 */
export async function claimedNumbers(
  numbers: PhoneNumbers,
  { key }: Pick<CarrierAccount, 'key'>,
  diagnostics: CarrierDiagnostics,
  us: Addressee,
): Promise<ClaimedNumber[] | { failed: string }> {
  const claimed = (await numbers.list()).filter(({ account }) => account === key);
  if (claimed.length === 0) return [];
  const result = await diagnostics.ownedNumbers();
  if (result.kind === 'failed') return { failed: result.message };
  const owned = new Map(result.numbers.map((one) => [one.number, one]));
  return claimed.map(({ number }) =>
    isE164(number)
      ? { number, ending: number.slice(-2), state: stateOf(owned.get(number), us) }
      : { number, ending: '', state: 'at-sip-domain' },
  );
}

function stateOf(owned: OwnedNumber | undefined, us: Addressee): NumberState {
  if (!owned) return 'not-owned';
  if (owned.overriddenBy !== null) return `in-${owned.overriddenBy}`;
  const [answers, told] = [answerUrl(us, null), eventsUrl(us, null)];
  if (!isSame(owned.answerUrl, answers)) return 'leads-elsewhere';
  if (!isSame(owned.statusCallbackUrl, told)) return 'no-callback';
  if (owned.statusCallbackMethod.toUpperCase() === 'GET') return 'callback-by-get';
  const retried = [owned.answerUrl, owned.statusCallbackUrl].every(hasRetryOverrides);
  return retried ? 'fine' : 'not-retried';
}

/** Ours, or somebody's own: what counts is that replies of 5xx are repeated. */
function hasRetryOverrides(url: string): boolean {
  const overrides = new URLSearchParams(url.split('#', 2)[1] ?? '');
  const repeated = overrides.get('rp')?.split(',') ?? [];
  return overrides.get('rc') !== '0' && (repeated.includes('5xx') || repeated.includes('all'));
}

/** The fragment is for the carrier alone, and the case of the host is nobody's. */
function isSame(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(url: string): string {
  const [text = ''] = url.split('#', 1);
  return text.replace(/^[a-z]+:\/\/[^/]+/i, (start) => start.toLowerCase());
}
