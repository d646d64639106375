import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { bytesOf } from '../../src/providers/form-fields.js';
import { renderAnswer } from '../../src/providers/plivo/answer.js';
import { PLIVO } from '../../src/providers/plivo/dialect.js';
import { Nonces } from '../../src/providers/nonces.js';
import {
  sign,
  signedText,
  verifyUpgrade,
  verifyWebhook,
  withNonce,
} from '../../src/providers/plivo/signature.js';
import { parseXml, type XmlElement } from '../../tools/carrier/twiml/xml-tree.js';
import { plivoHeaders } from '../../tools/carrier/plivo/signing.js';
import { LONG } from '../support/patience.js';

/** Installed apart: `npm ci --prefix test/oracles/plivo`. */
const FOLDER = fileURLToPath(new URL('../oracles/plivo/', import.meta.url));
const isThere = existsSync(`${FOLDER}node_modules/plivo`);

/** What is used of Plivo's library for Node. */
interface Library {
  validateV3Signature(
    method: string,
    url: string,
    nonce: string,
    token: string,
    signature: string,
    fields?: Record<string, string | string[]>,
  ): boolean;
  validateSignature(url: string, nonce: string, signature: string, token: string): boolean;
  Response: new () => Builder;
}
type Builder = {
  [add: `add${string}`]: (...given: unknown[]) => Builder;
} & { toXML(): string };

const load = (): Library => createRequire(`${FOLDER}package.json`)('plivo') as Library;

const RUNS = LONG ? 2_000 : 100;
const word = fc.stringMatching(/^[A-Za-z0-9._~-]{1,12}$/);
const text = fc.oneof(
  word,
  fc.string({ maxLength: 20 }),
  fc.constantFrom('Söhne & Co', '+1 415', ''),
);
const pairs = fc.uniqueArray(fc.tuple(word, text), { selector: ([name]) => name, maxLength: 8 });
const request = fc.record({
  path: fc.stringMatching(/^[a-z][A-Za-z0-9_-]{0,11}$/),
  query: fc.uniqueArray(fc.tuple(word, word), { selector: ([name]) => name, maxLength: 4 }),
  fields: pairs,
  nonce: fc.stringMatching(/^\d{20}$/),
  token: fc.stringMatching(/^[A-Za-z0-9]{16,40}$/),
});
const urlOf = (path: string, query: ReadonlyArray<[string, string]>) =>
  `https://gw.example.com/api/${path}${query.length === 0 ? '' : `?${new URLSearchParams(query as Array<[string, string]>).toString()}`}`;

(isThere ? describe : describe.skip)('beside Plivo’s own library', () => {
  const library = isThere ? load() : (null as never);

  it('accepts what we sign, and refuses it with one byte changed, as we do', () => {
    fc.assert(
      fc.property(request, fc.nat(), ({ path, query, fields, nonce, token }, at) => {
        const url = urlOf(path, query);
        const raw = fields.map(([name, value]) => [bytesOf(name), bytesOf(value)] as const);
        const signature = sign(
          token,
          withNonce(signedText(url, 'POST', raw, 'v3', PLIVO), nonce, 'v3'),
        );
        const ours = plivoHeaders({ method: 'POST', url, fields, nonce }, token);
        expect(ours['X-Plivo-Signature-V3']).toBe(signature);
        const theirs = (given: string, more: Partial<{ token: string; nonce: string }> = {}) =>
          library.validateV3Signature(
            'POST',
            url,
            more.nonce ?? nonce,
            more.token ?? token,
            given,
            Object.fromEntries(fields),
          );
        const mine = (given: string, more: Partial<{ token: string; nonce: string }> = {}) =>
          verifyWebhook(
            {
              method: 'POST',
              headers: {
                'x-plivo-signature-v3': given,
                'x-plivo-signature-v3-nonce': more.nonce ?? nonce,
              },
              body: Buffer.from(new URLSearchParams(fields).toString()),
              target: '/',
              urls: [url],
            },
            {
              authToken: more.token ?? token,
              acceptsV2: false,
              dialect: PLIVO,
              nonces: new Nonces(),
            },
          ).valid;
        expect([theirs(signature), mine(signature)]).toEqual([true, true]);
        const where = at % 43;
        const other = signature[where] === 'A' ? 'B' : 'A';
        const changed = signature.slice(0, where) + other + signature.slice(where + 1);
        expect([theirs(changed), mine(changed)]).toEqual([false, false]);
        const token2 = { token: `${token}x` };
        expect([theirs(signature, token2), mine(signature, token2)]).toEqual([false, false]);
        const nonce2 = { nonce: `${nonce}1` };
        expect([theirs(signature, nonce2), mine(signature, nonce2)]).toEqual([false, false]);
      }),
      { numRuns: RUNS },
    );
  });

  it('agrees about questions by GET, upgrades, and V2', () => {
    fc.assert(
      fc.property(request, ({ path, query, nonce, token }) => {
        const url = urlOf(path, query);
        const headers = plivoHeaders({ method: 'GET', url, fields: [], nonce }, token);
        const v3 = headers['X-Plivo-Signature-V3'] ?? '';
        expect(library.validateV3Signature('GET', url, nonce, token, v3)).toBe(true);
        const v2 = headers['X-Plivo-Signature-V2'] ?? '';
        expect(library.validateSignature(url, nonce, v2, token)).toBe(true);
        const signer = { authToken: token, acceptsV2: true, dialect: PLIVO, nonces: new Nonces() };
        const lowered = (name: string, given: string) => ({
          [`x-plivo-signature-${name}`]: given,
          [`x-plivo-signature-${name}-nonce`]: nonce,
        });
        const wss = [url.replace('https', 'wss')];
        expect(verifyUpgrade(lowered('v3', v3), wss, signer)).toEqual({ valid: true });
        const asked = { method: 'GET', body: Buffer.alloc(0), target: '/', urls: [url] };
        for (const given of [lowered('v3', v3), lowered('v2', v2)]) {
          const fresh = { ...signer, nonces: new Nonces() };
          expect(verifyWebhook({ ...asked, headers: given }, fresh)).toEqual({ valid: true });
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('writes the instructions that we write', () => {
    const url = 'https://gw.example.com/answer?workflow_id=1&workflow_run_id=2';
    for (const instruction of [
      {
        kind: 'stream',
        streamUrl: 'wss://gw.example.com/ws/1/2/3',
        actionUrl: url,
        token: 'abc_DEF-123',
        notice: 'This call is recorded.',
      },
      { kind: 'hangup' },
      { kind: 'reject', busy: true },
      { kind: 'say-and-hangup', sentence: 'Goodbye.' },
      {
        kind: 'transfer',
        transfer: 1,
        to: '+14155552671',
        from: '+12025550100',
        timeoutSeconds: 20,
        announce: null,
        urls: { action: url, events: url, announce: url },
      },
    ] as const) {
      const ours = parseXml(renderAnswer(instruction, PLIVO, 'mulaw'));
      if ('malformed' in ours) throw new Error(ours.malformed);
      const response = new library.Response();
      for (const element of ours.children) built(response, element);
      const theirs = parseXml(response.toXML());
      if ('malformed' in theirs) throw new Error(theirs.malformed);
      expect(plain(theirs)).toEqual(plain(ours));
    }
  });
});

/** Has the library write an element; it throws where it knows none of this name, or not this attribute. */
function built(builder: Builder, { name, attributes, text: content, children }: XmlElement): void {
  const add = builder[`add${name}`];
  if (!add) throw new Error(`<${name}> is unknown`);
  const isContainer = name === 'Dial' || name === 'Hangup';
  const made = isContainer ? add.call(builder, attributes) : add.call(builder, content, attributes);
  for (const child of children) built(made, child);
}

function plain({ name, attributes, text: content, children }: XmlElement): unknown {
  return [name, attributes, children.length > 0 ? '' : content, children.map(plain)];
}
