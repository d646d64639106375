import { Injectable } from '@nestjs/common';
import { AccessSettings, LimitSettings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { newestMigration } from '../database/migrations.js';
import { Draining } from '../shared/draining.js';
import { packageVersion } from '../shared/package-version.js';
import { sha256 } from '../shared/sha256.js';
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
  /** The hash of its `API_KEY`, as the table of keys has it; null: it has none. */
  keyHash: string | null;
  /** SHA-256 of all that is in its `MEDIA_DIR`; null: it is not known yet, or nobody compares it. */
  mediaHash: string | null;
  /** PostgreSQL's process for the connection over which it hears nudges; null: it has none. */
  busSession: number | null;
  startedAt: Date;
}

/** What this instance tells the others about itself, as of now. */
@Injectable()
export class Presence {
  private readonly version = packageVersion();
  private readonly schema: string;
  private readonly keyHash: string | null;
  private listening = false;
  private streams: () => number = () => 0;
  private mediaHash: string | null = null;
  private busSession: number | null = null;

  constructor(
    private readonly instance: Instance,
    private readonly draining: Draining,
    private readonly limits: LimitSettings,
    { kind }: Database,
    { apiKey }: AccessSettings,
  ) {
    this.schema = newestMigration(kind);
    this.keyHash = apiKey === null ? null : sha256(apiKey);
  }

  /** Registers how many streams are live here; once, at the start. */
  countStreams(count: () => number): void {
    this.streams = count;
  }

  /** Registers what is in `MEDIA_DIR`; the others are told with the next beat. */
  hasMedia(hash: string | null): void {
    this.mediaHash = hash;
  }

  /** Registers the connection over which we hear nudges; the others are told with the next beat. */
  hearsOver(busSession: number | null): void {
    this.busSession = busSession;
  }

  /** Called when the service listens: from now on it is `ready` until it drains. */
  isListening(): void {
    this.listening = true;
  }

  facts(): InstanceFacts {
    return {
      version: this.version,
      schema: this.schema,
      state: this.state(),
      streams: this.streams(),
      capacity: this.limits.maxConcurrentCalls,
      keyHash: this.keyHash,
      mediaHash: this.mediaHash,
      busSession: this.busSession,
      startedAt: this.instance.startedAt,
    };
  }

  private state(): InstanceState {
    const { phase } = this.draining;
    if (phase !== 'no') return phase;
    return this.listening ? 'ready' : 'starting';
  }
}
