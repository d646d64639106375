import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AccessSettings, StoreSettings } from '../config/settings.js';
import { Log } from '../shared/logger.js';
import { readSecretFile } from '../shared/secret-file.js';
import { generateApiKey, hashApiKey } from './api-keys.js';

/** User 1's key from the settings: `API_KEY`, or else the file `api-key` in DATA_DIR, which the first start makes. */
@Injectable()
export class SettingsKey {
  private hash: Buffer | null = null;

  constructor(
    private readonly access: AccessSettings,
    private readonly store: StoreSettings,
    private readonly log: Log,
  ) {}

  /** @throws StartError when the file cannot be used */
  read(): string {
    const key = this.access.apiKey ?? this.fromFile();
    this.hash = Buffer.from(hashApiKey(key));
    return key;
  }

  /**
   * Whether this is the key, without asking the store. False before the first
   * {@link read}. Takes as long for a wrong key as for the right one.
   */
  matches(key: string): boolean {
    return this.hash !== null && timingSafeEqual(this.hash, Buffer.from(hashApiKey(key)));
  }

  private fromFile(): string {
    const { kind } = AccessSettings.fields.apiKey;
    return readSecretFile(
      {
        path: keyFile(this.store),
        what: 'API key',
        event: 'api_key',
        expected: kind.expected,
        fix: 'Correct it, or delete the file and have a new key made.',
        isValid: (text) => kind.parse(text).ok,
        make: generateApiKey,
      },
      this.log,
    );
  }
}

/** Where user 1's key is if the settings have none. */
export function keyFile({ dataDir }: StoreSettings): string {
  return join(dataDir, 'api-key');
}
