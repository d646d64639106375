import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { Recordings } from '../calls/recordings/recordings.js';
import { StoreSettings } from '../config/settings.js';
import { Database } from '../database/database.js';
import type { SoundsTable, Tables } from '../database/schema.js';
import { StoreUnavailableError } from '../database/store-errors.js';
import { Clock } from '../shared/clock.js';
import { Log } from '../shared/logger.js';

export const SOUNDS_PER_USER = 200;
/** All of a user's sounds together. */
export const SOUND_SECONDS_PER_USER = 2 * 60 * 60;
/** How long a user's list is taken as it was, in milliseconds: so late a change by another instance may be seen. */
const KNOWN_MS = 2_000;
const KNOWN_USERS_MAX = 1_000;
/** The most that is read from the store of recordings at once. */
const PIECE_BYTES = 1024 * 1024;

/** One sound of a user's own. Its location names its audio, which never changes. */
export interface UserSound {
  userId: number;
  name: string;
  location: string;
  bytes: number;
  durationMs: number;
  createdAt: Date;
  /** When its audio was replaced last. */
  updatedAt: Date;
}

export type SaveSoundResult =
  | { kind: 'saved'; sound: UserSound; isNew: boolean }
  /** There is one of this name, which was not to be replaced. */
  | { kind: 'exists' }
  /** The user has {@link SOUNDS_PER_USER}, or {@link SOUND_SECONDS_PER_USER} of them. */
  | { kind: 'full' };

/** `in-use`: a workflow names it. */
export type ChangeSoundResult = 'done' | 'not-found' | 'in-use' | 'exists';

/** The sounds that users have uploaded: their names in the store, their audio where recordings are kept. */
@Injectable()
export class UserSounds {
  private readonly known = new Map<
    number,
    { until: number; sounds: ReadonlyMap<string, UserSound> }
  >();
  /** Counts our own changes: a list that was read before one is not remembered. */
  private changes = 0;

  constructor(
    private readonly database: Database,
    private readonly recordings: Recordings,
    private readonly settings: StoreSettings,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** A user's, by name, as they are now. */
  async list(userId: number): Promise<UserSound[]> {
    const rows = await this.database.read((db) =>
      db.selectFrom('sounds').selectAll().where('user_id', '=', userId).orderBy('name').execute(),
    );
    return rows.map(fromRow);
  }

  async find(userId: number, name: string): Promise<UserSound | null> {
    const row = await this.database.read((db) => rowOf(db, userId, name));
    return row ? fromRow(row) : null;
  }

  /**
   * The same for calls: at most {@link KNOWN_MS} old, and while the store is away as it was known last, so
   * that calls go on.
   */
  async findForCall(userId: number, name: string): Promise<UserSound | null> {
    const now = this.clock.now().getTime();
    const known = this.known.get(userId);
    if (known && known.until > now) return known.sounds.get(name) ?? null;
    try {
      const { changes } = this;
      const sounds = new Map((await this.list(userId)).map((sound) => [sound.name, sound]));
      if (this.known.size >= KNOWN_USERS_MAX) this.known.clear();
      if (changes === this.changes) this.known.set(userId, { until: now + KNOWN_MS, sounds });
      return sounds.get(name) ?? null;
    } catch (error) {
      if (error instanceof StoreUnavailableError) return known?.sounds.get(name) ?? null;
      throw error;
    }
  }

  /**
   * @param wav the whole file
   * @throws RecordingStoreError when it cannot be kept; nothing is changed then
   */
  async save(
    userId: number,
    name: string,
    { wav, durationMs }: { wav: Buffer; durationMs: number },
    replace: boolean,
  ): Promise<SaveSoundResult> {
    const location = this.recordings.store.locationOf(`sounds/${userId}/${randomUUID()}.wav`);
    await this.put(location, wav);
    try {
      const { result, before } = await this.database.write((trx) =>
        this.write(
          trx,
          { user_id: userId, name, location, bytes: wav.length, durationMs },
          replace,
        ),
      );
      await this.erase(result.kind === 'saved' ? before : location);
      return result;
    } catch (error) {
      // After a reply that was lost the row may be there, and needs its audio.
      if (!(error instanceof StoreUnavailableError)) await this.erase(location);
      throw error;
    } finally {
      this.forget(userId);
    }
  }

  /** Not while a workflow names it. */
  async rename(userId: number, name: string, to: string): Promise<ChangeSoundResult> {
    const result = await this.database.write(async (trx): Promise<ChangeSoundResult> => {
      if (!(await rowOf(trx, userId, name))) return 'not-found';
      if (name === to) return 'done';
      if (await rowOf(trx, userId, to)) return 'exists';
      if (await isUsed(trx, userId, name)) return 'in-use';
      await trx
        .updateTable('sounds')
        .set({ name: to })
        .where('user_id', '=', userId)
        .where('name', '=', name)
        .execute();
      return 'done';
    });
    this.forget(userId);
    return result;
  }

  /** Not while a workflow names it. */
  async delete(userId: number, name: string): Promise<ChangeSoundResult> {
    const { result, location } = await this.database.write(async (trx) => {
      const row = await rowOf(trx, userId, name);
      if (!row) return { result: 'not-found' as const, location: null };
      if (await isUsed(trx, userId, name)) return { result: 'in-use' as const, location: null };
      await trx
        .deleteFrom('sounds')
        .where('user_id', '=', userId)
        .where('name', '=', name)
        .execute();
      return { result: 'done' as const, location: row.location };
    });
    await this.erase(location);
    this.forget(userId);
    return result;
  }

  /** Its WAV; null: it was deleted meanwhile. @throws RecordingStoreError */
  async read({ location, bytes }: UserSound): Promise<Buffer | null> {
    const store = this.recordings.storeAt(location);
    const pieces: Buffer[] = [];
    for (let from = 0; from < bytes; from += PIECE_BYTES) {
      const piece = await store.read(location, from, Math.min(from + PIECE_BYTES, bytes));
      if (!piece) return null;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  private async write(
    trx: Transaction<Tables>,
    {
      durationMs,
      ...columns
    }: Pick<SoundsTable, 'user_id' | 'name' | 'location' | 'bytes'> & { durationMs: number },
    replace: boolean,
  ): Promise<{ result: SaveSoundResult; before: string | null }> {
    const { user_id: userId, name } = columns;
    // Of two instances that count at once, one fails and counts again.
    await trx
      .updateTable('users')
      .set((user) => ({ name: user.ref('name') }))
      .where('user_id', '=', userId)
      .execute();
    const all = await trx.selectFrom('sounds').selectAll().where('user_id', '=', userId).execute();
    const old = all.find((one) => one.name === name);
    if (old && !replace) return { result: { kind: 'exists' }, before: null };
    const others = all.filter((one) => one !== old);
    const totalMs = others.reduce((sum, one) => sum + one.duration_ms, durationMs);
    if (others.length >= SOUNDS_PER_USER || totalMs > SOUND_SECONDS_PER_USER * 1_000) {
      return { result: { kind: 'full' }, before: null };
    }
    const now = this.clock.now().getTime();
    const row = {
      ...columns,
      duration_ms: durationMs,
      created_at: old?.created_at ?? now,
      updated_at: now,
    };
    if (old) {
      await trx
        .updateTable('sounds')
        .set(row)
        .where('user_id', '=', userId)
        .where('name', '=', name)
        .execute();
    } else await trx.insertInto('sounds').values(row).execute();
    const result = { kind: 'saved', sound: fromRow(row), isNew: !old } as const;
    return { result, before: old?.location ?? null };
  }

  private async put(location: string, wav: Buffer): Promise<void> {
    await mkdir(this.settings.dataDir, { recursive: true });
    const directory = await mkdtemp(join(this.settings.dataDir, 'sound-'));
    try {
      const file = join(directory, 'sound.wav');
      await writeFile(file, wav, { mode: 0o600 });
      await this.recordings.store.put(location, file);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** What cannot be erased stays behind, named by no row. */
  private async erase(location: string | null): Promise<void> {
    if (location === null) return;
    try {
      await this.recordings.storeAt(location).erase(location);
    } catch (error) {
      this.log.warn('sounds.not_erased', { location, error });
    }
  }

  private forget(userId: number): void {
    this.changes += 1;
    this.known.delete(userId);
  }
}

async function rowOf(
  db: Pick<Kysely<Tables>, 'selectFrom'>,
  userId: number,
  name: string,
): Promise<Selectable<SoundsTable> | undefined> {
  return db
    .selectFrom('sounds')
    .selectAll()
    .where('user_id', '=', userId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** Whether a workflow of the user's has the name anywhere in its options, for machines that answer, or for callers who wait. */
async function isUsed(trx: Transaction<Tables>, userId: number, name: string): Promise<boolean> {
  const text = `%${JSON.stringify(name)}%`;
  const rows = await trx
    .selectFrom('workflows')
    .select(['agent_options', 'on_machine', 'on_wait'])
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null)
    .where((where) =>
      where.or([
        where('agent_options', 'like', text),
        where('on_machine', 'like', text),
        where('on_wait', 'like', text),
      ]),
    )
    .execute();
  // An underscore in the name stands for any character there.
  const said = JSON.stringify(name);
  return rows.some(({ agent_options: options, on_machine: machine, on_wait: wait }) =>
    `${options}${machine ?? ''}${wait ?? ''}`.includes(said),
  );
}

function fromRow(row: Selectable<SoundsTable>): UserSound {
  return {
    userId: row.user_id,
    name: row.name,
    location: row.location,
    bytes: row.bytes,
    durationMs: row.duration_ms,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}
