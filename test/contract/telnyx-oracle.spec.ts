import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { keyOf, verifySignature } from '../../src/providers/telnyx/signature.js';
import { newKey, signedHeaders } from '../../tools/carrier/telnyx/webhooks.js';
import { anyText } from '../support/any-text.js';
import { LONG } from '../support/patience.js';

/** Installed apart: `npm ci --prefix test/oracles/telnyx`. */
const FOLDER = fileURLToPath(new URL('../oracles/telnyx/', import.meta.url));
const isThere = existsSync(`${FOLDER}node_modules/telnyx`);

/** What is used of Telnyx's library for Node. */
interface Library {
  TelnyxWebhook: new (publicKey: string) => {
    verify(payload: string, headers: Record<string, string>): Promise<void>;
  };
}

const load = (): Library =>
  createRequire(`${FOLDER}package.json`)('telnyx/lib/webhooks') as Library;

const RUNS = LONG ? 2_000 : 100;
const KEYS = [newKey(), newKey()] as const;

(isThere ? describe : describe.skip)('beside Telnyx’s own library', () => {
  const library = isThere ? load() : (null as never);
  const now = () => Math.floor(Date.now() / 1000);

  it('takes what it takes, and refuses what it refuses: another byte, time, key or form', async () => {
    const verdicts = { taken: 0, refused: 0 };
    const sample = fc.record({
      body: fc.oneof(fc.json(), anyText()),
      signer: fc.constantFrom(0, 1),
      offset: fc.constantFrom(0, 0, 0, -290, 290, -310, 310),
      change: fc.constantFrom('none', 'none', 'body', 'time', 'signature', 'form', 'missing'),
      at: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(sample, async ({ body, signer, offset, change, at }) => {
        const seconds = now() + offset;
        const headers = signedHeaders(KEYS[signer] ?? KEYS[0], body, seconds);
        const signature = headers['telnyx-signature-ed25519'] ?? '';
        let text = body;
        if (change === 'body')
          text = `${body.slice(0, at % (body.length + 1))}x${body.slice(at % (body.length + 1))}`;
        if (change === 'time') headers['telnyx-timestamp'] = String(seconds + 1);
        if (change === 'signature') {
          const bytes = Buffer.from(signature, 'base64');
          bytes[at % 64] = (bytes[at % 64] ?? 0) ^ 1;
          headers['telnyx-signature-ed25519'] = bytes.toString('base64');
        }
        if (change === 'form') headers['telnyx-signature-ed25519'] = signature.slice(0, -1);
        if (change === 'missing') delete headers['telnyx-timestamp'];
        const theirs = await new library.TelnyxWebhook(KEYS[0].publicKey)
          .verify(text, headers)
          .then(() => true)
          .catch(() => false);
        const request = { method: 'POST', headers, body: Buffer.from(text) };
        const ours = verifySignature(request, keyOf(KEYS[0].publicKey), now()).valid;
        expect([change, signer, offset, ours]).toEqual([change, signer, offset, theirs]);
        verdicts[ours ? 'taken' : 'refused'] += 1;
      }),
      { numRuns: RUNS },
    );
    expect(verdicts.taken).toBeGreaterThan(0);
    expect(verdicts.refused).toBeGreaterThan(0);
  });
});
