import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessSettings, StoreSettings } from '../src/config/settings.js';

/** There is no key of the service that the settings describe; the message says how to get one. */
export class NoKeyError extends Error {
  override readonly name = 'NoKeyError';
}

/**
 * User 1's key: `API_KEY`, or what the service wrote into its `DATA_DIR`.
 * @param reader who reads it, for the message, such as `the doctor`
 * @throws NoKeyError
 */
export function ownKey(
  {
    access,
    store,
  }: { access: Pick<AccessSettings, 'apiKey'>; store: Pick<StoreSettings, 'dataDir'> },
  reader: string,
): string {
  if (access.apiKey !== null) return access.apiKey;
  const file = join(store.dataDir, 'api-key');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new NoKeyError(
      code === 'ENOENT'
        ? `There is no API key in ${file}: the gateway makes one at its first start. Start it with \`npm start\`, or set API_KEY or DATA_DIR as it has them.`
        : `The API key in ${file} cannot be read (${code}): run ${reader} as the gateway's user, or set API_KEY.`,
    );
  }
}
