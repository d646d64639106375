import { createPrivateKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { applicationToken, claimsOf, secretToken } from '../../src/providers/vonage/jwt.js';
import { signedToken, TokenReader } from '../../tools/carrier/vonage/signing.js';
import { anyText } from '../support/any-text.js';
import { LONG } from '../support/patience.js';
import { API_KEY, APPLICATION, KEYS, SECRETS } from '../support/vonage-fixture.js';

/** Installed apart: `npm ci --prefix test/oracles/vonage`. */
const FOLDER = fileURLToPath(new URL('../oracles/vonage/', import.meta.url));
const isThere = existsSync(`${FOLDER}node_modules/@vonage/jwt`);

/** What is used of Vonage's library for Node. */
interface Library {
  verifySignature(token: string, key: string): boolean;
  tokenGenerate(applicationId: string, privateKey: string, claims?: object): string;
}

/** As a module: what it needs is not to be had in the older form. */
const load = async (): Promise<Library> =>
  (await import(`${FOLDER}node_modules/@vonage/jwt/dist/esm/index.mjs`)) as Library;

const RUNS = LONG ? 2_000 : 100;

(isThere ? describe : describe.skip)('beside Vonage’s own library', () => {
  let library: Library;
  beforeAll(async () => {
    library = await load();
  });
  const now = () => Math.floor(Date.now() / 1_000);

  it('takes the signatures of webhooks that it takes, and refuses those with another byte, key or form', () => {
    const verdicts = { taken: 0, refused: 0 };
    const sample = fc.record({
      payload: fc.oneof(fc.json(), anyText()),
      by: fc.constantFrom<Array<'account' | 'stranger'>>('account', 'account', 'stranger'),
      change: fc.constantFrom('none', 'none', 'byte', 'short', 'long', 'part'),
      at: fc.nat(),
    });
    fc.assert(
      fc.property(sample, ({ payload, by, change, at }) => {
        const signature = { secret: SECRETS[by], apiKey: API_KEY, applicationId: APPLICATION };
        let token = signedToken(signature, { payload });
        // The last character of a signature has two bits that say nothing, at which their library does not look.
        const where = at % (token.length - 1);
        if (change === 'byte') {
          const other = token[where] === 'A' ? 'B' : 'A';
          token = token.slice(0, where) + other + token.slice(where + 1);
        }
        if (change === 'short') token = token.slice(0, -1);
        if (change === 'long') token = `${token}A`;
        if (change === 'part') token = token.slice(0, token.lastIndexOf('.'));
        const theirs = library.verifySignature(token, SECRETS.account);
        const ours = claimsOf(token, SECRETS.account) !== null;
        expect([change, by, ours]).toEqual([change, by, theirs]);
        verdicts[ours ? 'taken' : 'refused'] += 1;
      }),
      { numRuns: RUNS },
    );
    expect(verdicts.taken).toBeGreaterThan(0);
    expect(verdicts.refused).toBeGreaterThan(0);
  });

  it('signs what it takes: with a secret, and with the application’s key', () => {
    const webhook = secretToken({ iss: 'Vonage', iat: now() }, SECRETS.account);
    expect(library.verifySignature(webhook, SECRETS.account)).toBe(true);
    expect(library.verifySignature(webhook, SECRETS.stranger)).toBe(false);
    const key = createPrivateKey(KEYS.privateKey);
    const token = applicationToken(APPLICATION, key, now());
    expect(library.verifySignature(token, KEYS.publicKey)).toBe(true);
    // What it says must be what their library says, and one that is old is not good any more.
    const theirs = library.tokenGenerate(APPLICATION, KEYS.privateKey);
    const namesIn = (one: string) => Object.keys(claimsIn(one)).toSorted();
    expect(namesIn(token)).toEqual(namesIn(theirs));
    expect(claimsIn(token)['application_id']).toBe(claimsIn(theirs)['application_id']);
    const old = applicationToken(APPLICATION, key, now() - 400);
    expect(library.verifySignature(old, KEYS.publicKey)).toBe(false);
  });

  it('has an API beside it that takes the tokens of their library, each once, and of no other key', () => {
    const reader = new TokenReader(KEYS.publicKey, APPLICATION);
    const token = `Bearer ${library.tokenGenerate(APPLICATION, KEYS.privateKey)}`;
    expect(reader.fault(token)).toBeNull();
    expect(reader.fault(token)).toBe('jti');
    const expired = library.tokenGenerate(APPLICATION, KEYS.privateKey, { ttl: -60 });
    expect(reader.fault(`Bearer ${expired}`)).toBe('exp');
    const other = 'bbbbbbbb-bbbb-4ccc-8ddd-0123456789ab';
    expect(reader.fault(`Bearer ${library.tokenGenerate(other, KEYS.privateKey)}`)).toBe(
      'application',
    );
    const own = applicationToken(APPLICATION, createPrivateKey(KEYS.privateKey), now());
    expect(reader.fault(`Bearer ${own}`)).toBeNull();
    expect(reader.fault(`Bearer ${own.slice(0, -4)}AAAA`)).toBe('signature');
  });
});

function claimsIn(token: string): Record<string, unknown> {
  const [, body = ''] = token.split('.');
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Record<string, unknown>;
}
