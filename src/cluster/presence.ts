import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccessSettings, LimitSettings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { newestMigration } from '../database/migrations.js';
import { Draining } from '../shared/draining.js';
import { packageVersion } from '../shared/package-version.js';
import type { InstanceState } from './cluster.js';
import { Instance } from './instance.js';

/** What an instance tells the others about itself. */
export interface InstanceFacts {
  version: string;
  /** The last migration that it knows. */
  schema: string;
  state: InstanceState;
  /** Live streams, and how many it has room for. */
  streams: number;
  capacity: number;
  /** SHA-256 of its `API_KEY`, hex; null: it has none. */
  keyHash: string | null;
  startedAt: Date;
}

/** What this instance tells the others about itself, as of now. */
@Injectable()
export class Presence {
  private readonly version = packageVersion();
  private readonly keyHash: string | null;
  private listening = false;
  private streams: () => number = () => 0;

  constructor(
    private readonly instance: Instance,
    private readonly draining: Draining,
    private readonly limits: LimitSettings,
    private readonly database: Database,
    { apiKey }: AccessSettings,
  ) {
    this.keyHash = apiKey === null ? null : createHash('sha256').update(apiKey).digest('hex');
  }

  /** Registers how many streams are live here; once, at the start. */
  countStreams(count: () => number): void {
    this.streams = count;
  }

  /** Called when the service listens: from now on it is `ready` until it drains. */
  isListening(): void {
    this.listening = true;
  }

  facts(): InstanceFacts {
    return {
      version: this.version,
      schema: newestMigration(this.database.kind),
      state: this.state(),
      streams: this.streams(),
      capacity: this.limits.maxConcurrentCalls,
      keyHash: this.keyHash,
      startedAt: this.instance.startedAt,
    };
  }

  private state(): InstanceState {
    const { phase } = this.draining;
    if (phase !== 'no') return phase;
    return this.listening ? 'ready' : 'starting';
  }
}
