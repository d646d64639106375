import { isIP } from 'node:net';

/** What one kind of variable may hold. Pure: takes a text, returns a value or a typed reason. */
export interface Kind<T> {
  /** Continues the words "must be", e.g. `a whole number from 0 to 65535`. */
  expected: string;
  /** The value is never shown. */
  secret?: true;
  /** Receives trimmed text that is not empty. */
  parse(text: string): Parsed<T>;
}

export type Parsed<T> =
  | { ok: true; value: T }
  /** `why` gives a more precise reason than the kind's `expected`; it never quotes the value. */
  | { ok: false; why?: string };

export const good = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const bad = (why?: string): { ok: false; why?: string } =>
  why === undefined ? { ok: false } : { ok: false, why };

/** Plain decimal digits: no sign, no exponent, no unit. */
export function wholeNumber(from: number, to: number): Kind<number> {
  return {
    expected: `a whole number from ${from} to ${to}`,
    parse: (text) => {
      const value = Number(text);
      return /^\d{1,9}$/.test(text) && value >= from && value <= to ? good(value) : bad();
    },
  };
}

/** Decimal digits with at most three places after a point. */
export function decimal(from: number, to: number): Kind<number> {
  return {
    expected: `a number from ${from} to ${to}, such as 1 or 0.5`,
    parse: (text) => {
      const value = Number(text);
      return /^\d{1,9}(\.\d{1,3})?$/.test(text) && value >= from && value <= to
        ? good(value)
        : bad();
    },
  };
}

export function oneOf<const T extends string>(words: readonly T[]): Kind<T> {
  return {
    expected: `one of ${words.join(', ')}`,
    parse: (text) => {
      const word = words.find((candidate) => candidate === text);
      return word === undefined ? bad() : good(word);
    },
  };
}

/** A key, token or password: printable ASCII without spaces, so that it survives an HTTP header. */
export function secret(minLength: number): Kind<string> {
  const length = minLength > 1 ? `at least ${minLength} characters, ` : '';
  return {
    expected: `${length}printable ASCII without spaces`,
    secret: true,
    parse: (text) => (/^[\x21-\x7e]+$/.test(text) && text.length >= minLength ? good(text) : bad()),
  };
}

/** Random bytes as `openssl rand -base64` prints them; base64url and missing padding are taken too. */
export function base64Bytes(count: number): Kind<Buffer> {
  return {
    expected: `${count} bytes in base64, such as \`openssl rand -base64 ${count}\` prints`,
    secret: true,
    parse: (text) => {
      const bytes = Buffer.from(text, 'base64');
      const plain = text.replace(/=+$/, '');
      const isExact = [bytes.toString('base64'), bytes.toString('base64url')].some(
        (form) => form.replace(/=+$/, '') === plain,
      );
      return bytes.length === count && isExact ? good(bytes) : bad();
    },
  };
}

export function matching(pattern: RegExp, expected: string): Kind<string> {
  return { expected, parse: (text) => (pattern.test(text) ? good(text) : bad()) };
}

export const path: Kind<string> = {
  expected: 'a path',
  parse: (text) => (text.includes('\0') ? bad() : good(text)),
};

const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;

/** An address or a name to listen on. */
export const listenHost: Kind<string> = {
  expected: 'an IP address or a host name, without a port',
  parse: (text) => (isIP(text) !== 0 || HOST_NAME.test(text) ? good(text) : bad()),
};
