/**
 * One side of a call, as carriers report it: a number, an address, a word, or
 * nothing. Pure and without dependencies, so that the console reads parties
 * with the same code.
 */
export interface Party {
  /** The text as given, without control characters and cut to {@link PARTY_MAX} characters. */
  told: string;
  kind: 'number' | 'sip' | 'client' | 'whatsapp' | 'other';
  /** The number in E.164, given as such or inside the address; null where there is none. */
  number: string | null;
  /**
   * The address without display name, password, parameters and default port, its host in lower
   * case; null for a text that is not an address. `sips:` is written `sip:`, and `tel:` is a
   * number.
   */
  address: string | null;
}

/** How much of a party is kept, in UTF-16 units; longer texts are cut, never refused. */
export const PARTY_MAX = 256;

const E164 = /^\+[1-9]\d{6,14}$/;
const SCHEME = /^(sips?|client|whatsapp|tel):(.*)$/is;
/** A text that may be a host; anything else may hold a name. */
const HOST = /^[\w.:[\]-]*$/;
const HIDDEN = '•••';
/** Words in place of a number that is withheld or unknown; they are not names. */
const WITHHELD = /^(?:anonymous|blocked|private|restricted|unavailable|unknown|withheld)$/i;

/**
 * Whether a text has the shape of an E.164 number. Only the shape counts, because
 * national numbering plans change too often to refuse by.
 */
export function isE164(text: string): boolean {
  return E164.test(text);
}

/** Reads a party as a carrier or a person writes it. Takes any text and never throws. */
export function parseParty(text: string): Party {
  const told = keptText(text);
  const address = bare(told);
  const [, scheme = '', rest = ''] = SCHEME.exec(address) ?? [];
  switch (scheme.toLowerCase()) {
    case 'sip':
    case 'sips':
      return sipParty(told, rest);
    case 'client':
      return named(told, 'client', rest.replace(/\?.*$/s, '').trim());
    case 'whatsapp':
      return named(told, 'whatsapp', rest.trim());
    case 'tel': {
      const number = numberIn(rest.replace(/;.*$/s, '').trim());
      return { told, kind: number === null ? 'other' : 'number', number, address: null };
    }
    default: {
      const number = numberIn(address);
      return { told, kind: number === null ? 'other' : 'number', number, address: null };
    }
  }
}

/**
 * The key by which a party is found, however its carrier writes it: its number,
 * else its address, else its words.
 */
export function partyKey(party: Party): string {
  return party.number ?? party.address ?? lowered(bare(party.told));
}

/** The key of a party, for a column beside its text; null where the key equals the text. */
export function keyBesideTold(told: string): string | null {
  const key = partyKey(parseParty(told));
  return key === told ? null : key;
}

/** The keys under which a called party may have been claimed, the most specific first. */
export function claimKeys({ address, number }: Party): string[] {
  return [address, number].filter((key) => key !== null);
}

/**
 * A number or SIP address in the form in which it is claimed; null for a text that
 * cannot be claimed.
 */
export function claimableParty(text: string): string | null {
  if (isE164(text)) return text;
  const { kind, address } = parseParty(text);
  const isSip =
    kind === 'sip' && /^sip:[^@]+@(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d+)?$/.test(address ?? '');
  return isSip ? address : null;
}

/**
 * Masks a party for readers who must not learn who it was: numbers keep their last two digits, to
 * distinguish calls, and addresses keep their kind and host.
 */
export function maskParty(text: string): string {
  const { told, kind, address } = parseParty(text);
  if (kind === 'sip' && address !== null) {
    const [, user = '', host = ''] = /^sip:(?:(.*)@)?([^@]*)$/s.exec(address) ?? [];
    if (user === '') return `sip:${maskName(host)}`;
    return `sip:${maskName(user)}@${HOST.test(host) ? host : HIDDEN}`;
  }
  const [, scheme = '', name = ''] = /^((?:client|whatsapp|tel):)(.*)$/is.exec(bare(told)) ?? [];
  return scheme === '' ? maskName(bare(told)) : `${scheme.toLowerCase()}${maskName(name)}`;
}

/**
 * Masks the numbers and names of parties in a text; digits count as a number only
 * with their plus or in an address.
 */
export function maskPartiesIn(text: string): string {
  return text
    .replace(/\b(sips?|client|whatsapp|tel)(:|%3A)((?:(?!%40)[^\s@;?&<>"'\\,])+)/gi, maskAddressIn)
    .replace(/(?:\+|%2B)\d{7,}/gi, '[number]');
}

function maskAddressIn(_: string, scheme: string, colon: string, name: string): string {
  return /^(?:\+|%2B)?\d/i.test(name) ? '[number]' : `${scheme}${colon}[name]`;
}

function maskName(name: string): string {
  if (name === '' || WITHHELD.test(name)) return name;
  return /^\+?[•\d]+$/.test(name) ? name.replace(/\d(?=\d{2})/g, '•') : HIDDEN;
}

function sipParty(told: string, rest: string): Party {
  const at = rest.indexOf('@');
  const [user = ''] = rest.slice(0, Math.max(at, 0)).split(/[:;]/, 1);
  const [target = ''] = rest.slice(at + 1).split(/[;?]/, 1);
  const host = lowered(target.trim()).replace(/(?::506[01]|[.\s])+$/, '');
  const name = unescaped(user.trim());
  return {
    told,
    kind: 'sip',
    number: numberIn(name === '' ? host : name),
    address: at < 0 ? `sip:${host}` : `sip:${name}@${host}`,
  };
}

function named(told: string, kind: 'client' | 'whatsapp', name: string): Party {
  return { told, kind, number: numberIn(unescaped(name)), address: `${kind}:${unescaped(name)}` };
}

/**
 * Finds a number with its plus, with `00` instead, or as bare digits; RFC 3966
 * allows separators where there is a plus.
 */
function numberIn(text: string): string | null {
  const digits = text.startsWith('+')
    ? text.replace(/[-.() ]/g, '')
    : `+${text.replace(/^00/, '')}`;
  return isE164(digits) ? digits : null;
}

/** Decodes escapes such as `%2B`, except where that would change the meaning of the address. */
function unescaped(text: string): string {
  try {
    const plain = decodeURIComponent(text);
    return /^[\w!#$&'*+./=^`{|}~()-]*$/.test(plain) ? plain : text;
  } catch {
    return text;
  }
}

/**
 * Changes ASCII letters to lower case. Other letters stay, because their lower case
 * may be longer.
 */
function lowered(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Removes a display name, as in `"Anna" <sip:anna@example.com>`. */
function bare(text: string): string {
  const open = text.lastIndexOf('<');
  const close = text.indexOf('>', open);
  return (open >= 0 && close > open ? text.slice(open + 1, close) : text).trim();
}

/** Removes control characters and halves of surrogate pairs, which stores keep differently. */
function keptText(text: string): string {
  const whole = text.length > PARTY_MAX ? bare(text) : text;
  return whole
    .trim()
    .slice(0, PARTY_MAX)
    .replace(/[\p{Cc}\p{Cs}]/gu, '')
    .trim();
}
