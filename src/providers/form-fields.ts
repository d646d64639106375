import { isUtf8 } from 'node:buffer';
import type { FormFields } from './ingress.js';

/**
 * Names and values of a form or query, percent-decoded, in the order received. One character stands
 * for one byte (`latin1`), because a carrier signs bytes. {@link readable} gives their meaning as
 * text.
 */
export type RawFields = ReadonlyArray<readonly [name: string, value: string]>;

const cutUp = new WeakMap<Buffer, RawFields>();

/**
 * The fields of a form. Each body is parsed once, however often it is requested: by the adapter
 * that checks the signature and, after it, by the code that reads the fields.
 */
export function formFields(body: Buffer): RawFields {
  const known = cutUp.get(body);
  if (known) return known;
  const fields = fieldsOf(body.toString('latin1'));
  cutUp.set(body, fields);
  return fields;
}

/** The fields of the query of a raw request target. */
export function queryFields(target: string): RawFields {
  const start = target.indexOf('?');
  return start < 0 ? [] : fieldsOf(bytesOf(target.slice(start + 1)));
}

/**
 * The largest number of fields that a form or query can have, counted from its separators alone.
 */
export function countFields(text: string | Buffer): number {
  if (text.length === 0) return 0;
  let count = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) count += 1;
  return count;
}

/**
 * The fields as text: UTF-8, or Latin-1 where the bytes are not UTF-8, as old telephone systems
 * send names. No carrier sends a null byte, and PostgreSQL stores none, so it becomes the
 * replacement character.
 */
export function readable(fields: RawFields): FormFields {
  const text = (bytes: string): string => textOf(bytes).replaceAll('\0', '\uFFFD');
  return fields.map(([name, value]) => [text(name), text(value)]);
}

/** Whether the bytes are UTF-8; plain ASCII is. */
export function isText(bytes: string): boolean {
  return isAscii(bytes) || isUtf8(Buffer.from(bytes, 'latin1'));
}

/** A text as its UTF-8 bytes, one character each. */
export function bytesOf(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

function textOf(bytes: string): string {
  if (isAscii(bytes)) return bytes;
  return isText(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** Nearly all are, and mean the same in every encoding. */
function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

function fieldsOf(bytes: string): RawFields {
  return bytes
    .split('&')
    .filter((piece) => piece !== '')
    .map((piece) => {
      const equals = piece.indexOf('=');
      return equals < 0
        ? [decoded(piece), '']
        : [decoded(piece.slice(0, equals)), decoded(piece.slice(equals + 1))];
    });
}

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
/** The value of each hex digit by its character code; undefined for all others. */
const HEX: readonly (number | undefined)[] = Array.from({ length: 256 }, (_, code) => {
  const digit = String.fromCharCode(code);
  return /[0-9a-f]/i.test(digit) ? parseInt(digit, 16) : undefined;
});

/**
 * Leaves an invalid escape as it is. This loop replaces a regular expression with a callback, which
 * takes ten times as long: strangers may send twenty thousand escapes.
 */
function decoded(part: string): string {
  if (!part.includes('%') && !part.includes('+')) return part;
  const bytes = Buffer.allocUnsafe(part.length);
  let length = 0;
  for (let at = 0; at < part.length; at++) {
    const code = part.charCodeAt(at);
    const high = code === PERCENT ? HEX[part.charCodeAt(at + 1)] : undefined;
    const low = high === undefined ? undefined : HEX[part.charCodeAt(at + 2)];
    if (high !== undefined && low !== undefined) {
      bytes[length++] = high * 16 + low;
      at += 2;
    } else {
      bytes[length++] = code === PLUS ? SPACE : code;
    }
  }
  return bytes.toString('latin1', 0, length);
}
