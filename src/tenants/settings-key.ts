import { timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AccessSettings, StoreSettings } from '../config/settings.js';
import { fileStartError } from '../shared/file-fault.js';
import { Log } from '../shared/logger.js';
import { StartError } from '../shared/start-error.js';
import { generateApiKey, hashApiKey } from './api-keys.js';

const OTHERS = 0o077;

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
    const path = keyFile(this.store);
    let known: string;
    try {
      known = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
      if (known === '') return this.generate(path);
      if ((statSync(path).mode & OTHERS) !== 0) {
        this.log.warn('api_key.exposed', {
          file: path,
          fix: `chmod 600 ${path}: others on this machine may read it`,
        });
      }
    } catch (error) {
      throw fileStartError('DATA_DIR', path, error);
    }
    const { kind } = AccessSettings.fields.apiKey;
    if (!kind.parse(known).ok) {
      throw new StartError(
        'DATA_DIR',
        `what is in ${path} is no API key`,
        `It must be ${kind.expected}. Correct it, or delete the file and have a new key made.`,
      );
    }
    return known;
  }

  private generate(path: string): string {
    const key = generateApiKey();
    mkdirSync(this.store.dataDir, { recursive: true, mode: 0o700 });
    // The file gets its name only when it is complete, because a start that is killed must not leave an empty key.
    writeFileSync(`${path}.new`, `${key}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    this.log.info('api_key.generated', { file: path });
    return key;
  }
}

/** Where user 1's key is if the settings have none. */
export function keyFile({ dataDir }: StoreSettings): string {
  return join(dataDir, 'api-key');
}
