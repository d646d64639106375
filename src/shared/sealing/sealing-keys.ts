import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Log } from '../logger.js';
import { readSecretFile } from '../secret-file.js';
import { KEY_BYTES, type SealingKeys } from './aes-sealer.js';

export interface KeySources {
  /** `CREDENTIALS_KEY` and `CREDENTIALS_KEY_PREVIOUS`. */
  key: Buffer | null;
  previousKey: Buffer | null;
  /** The file that is read, or made, while the settings have no key; null: there is none then. */
  file: string | null;
}

/**
 * The keys to seal with; null: there is none.
 * @throws StartError when the file cannot be used
 */
export function sealingKeys({ key, previousKey, file }: KeySources, log: Log): SealingKeys | null {
  if (key !== null) return { current: key, previous: previousKey };
  if (file === null) return null;
  const text = readSecretFile(
    {
      path: file,
      what: 'credentials key',
      event: 'credentials_key',
      expected: `${KEY_BYTES} bytes in base64`,
      fix: 'Put the key back that was in it; what is encrypted in the store cannot be read with another.',
      isValid: (known) => Buffer.from(known, 'base64').length === KEY_BYTES,
      make: () => randomBytes(KEY_BYTES).toString('base64'),
    },
    log,
  );
  return { current: Buffer.from(text, 'base64'), previous: null };
}

/** Where the key is while the settings have none, on SQLite. */
export function credentialsKeyFile(dataDir: string): string {
  return join(dataDir, 'credentials-key');
}
