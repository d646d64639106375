import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bad, good, type Kind } from '../../config/kinds.js';

const PEM = /^-----BEGIN ((?:RSA )?PRIVATE KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----$/;
const LINE = /.{1,64}/g;

/**
 * The PEM of an RSA key, in lines. In an environment's file and in a form a key often has lost its lines, or has `\n`
 * in their place. Null for anything else.
 */
export function privateKeyIn(text: string): string | null {
  const [, label, content = ''] = PEM.exec(text.replaceAll('\\n', '\n').trim()) ?? [];
  if (label === undefined) return null;
  const lines = content.replace(/\s/g, '').match(LINE) ?? [];
  const pem = `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
  return keyOf(pem) === null ? null : pem;
}

/** Null for what is no RSA key. */
export function keyOf(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : null;
  } catch {
    return null;
  }
}

const EXPECTED = 'an RSA key in PEM, not encrypted, -----BEGIN PRIVATE KEY----- to the end';

/** The key itself. */
export const privateKey: Kind<string> = {
  expected: `${EXPECTED}; its lines may be separated by \\n`,
  secret: true,
  parse: (text) => {
    const pem = privateKeyIn(text);
    return pem === null ? bad() : good(pem);
  },
};

/** A file with the key; read once, at the start. The value is the key. */
export const privateKeyFile: Kind<string> = {
  expected: `the path of a file with ${EXPECTED}`,
  secret: true,
  parse: (path) => {
    try {
      const pem = privateKeyIn(readFileSync(path, 'utf8'));
      return pem === null ? bad('the file holds no such key') : good(pem);
    } catch {
      return bad('the file cannot be read');
    }
  },
};
