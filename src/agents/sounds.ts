import { access, constants, open, readdir, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AgentSettings } from './agents.variables.js';
import { fileStartError } from '../shared/file-fault.js';
import { packageRoot } from '../shared/package-root.js';
import { isSoundName, SOUND_NAME_MAX, SOUND_NAME_PATTERN } from '../shared/sound-name.js';
import { codeOf } from '../shared/start-error.js';
import { UserSounds, type UserSound } from '../tenants/user-sounds.js';
import { mulawOf, SoundError } from './telephone-sound.js';

/** Before the name of a sound that comes with Patchbay; no file of `MEDIA_DIR` can be called so. */
const SHIPPED = 'patchbay:';
const SHIPPED_DIR = join(packageRoot(), 'sounds');

/** Every sound that comes with Patchbay, by its name for agents. */
export const SHIPPED_SOUNDS = [
  'choices.wav',
  'echo.wav',
  'goodbye.wav',
  'kept.wav',
  'no-echo.wav',
  'noted.wav',
  'question.wav',
  'welcome.wav',
].map((file) => `${SHIPPED}${file}`);

/** JSON schema of the name of a sound, for agents' options. */
export const SOUND_NAME = {
  type: 'string',
  format: 'sound',
  pattern: SOUND_NAME_PATTERN.source,
  maxLength: SOUND_NAME_MAX,
  description:
    'A sound of yours, a WAV file in MEDIA_DIR, such as welcome.wav, or one that comes with Patchbay, such as patchbay:welcome.wav.',
  examples: SHIPPED_SOUNDS,
} as const;

const FILE_MAX_BYTES = 128 * 1024 * 1024;
/** The size of all sounds that are kept ready: about half an hour. */
const CACHE_MAX_BYTES = 16 * 1024 * 1024;

interface Kept {
  audio: Buffer;
  modifiedMs: number;
}

/**
 * The sounds that users have uploaded, those of `MEDIA_DIR` and those that come with Patchbay, by name, in the
 * telephone's format. A user's own comes first.
 */
@Injectable()
export class Sounds implements OnModuleInit {
  private readonly kept = new Map<string, Kept>();
  private readonly loading = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly settings: AgentSettings,
    @Inject(UserSounds) private readonly own: Pick<UserSounds, 'findForCall' | 'read'>,
  ) {}

  /** Without a directory there are no sounds. A directory that cannot be read is an error that is reported before the first call. @throws StartError */
  async onModuleInit(): Promise<void> {
    const { mediaDir } = this.settings;
    try {
      await readdir(mediaDir);
      await access(mediaDir, constants.X_OK);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw fileStartError('MEDIA_DIR', mediaDir, error);
    }
  }

  /**
   * A sound as μ-law at 8 kHz. A file that has changed is read again. Calls that need it at
   * the same time share one reading.
   * @param userId whose own sounds are looked through first
   * @throws SoundError naming the sound and what to do
   */
  load(name: string, userId: number): Promise<Buffer> {
    const key = `${userId} ${name}`;
    let loading = this.loading.get(key);
    if (!loading) {
      loading = this.read(name, userId).finally(() => this.loading.delete(key));
      this.loading.set(key, loading);
    }
    return loading;
  }

  private async read(name: string, userId: number): Promise<Buffer> {
    const own = await this.own.findForCall(userId, name);
    return own ? this.readOwn(own) : this.readFile(name);
  }

  /** What is at a location never changes. */
  private async readOwn(sound: UserSound): Promise<Buffer> {
    const key = `own:${sound.location}`;
    const known = this.kept.get(key);
    if (known) return known.audio;
    const file = await this.own.read(sound);
    if (!file) throw new SoundError(`the sound "${sound.name}" was deleted`);
    const audio = await playable(sound.name, file);
    this.keep(key, { audio, modifiedMs: 0 });
    return audio;
  }

  private async readFile(name: string): Promise<Buffer> {
    const path = await this.pathOf(name);
    // A pipe is not a sound, and must not hold a thread until somebody writes to it.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
      (error: unknown) => {
        throw unreadable(name, error);
      },
    );
    try {
      const { mtimeMs, size } = await file.stat();
      const known = this.kept.get(name);
      if (known?.modifiedMs === mtimeMs) return known.audio;
      if (size > FILE_MAX_BYTES) throw new SoundError(`"${name}" is larger than 128 MiB`);
      const audio = await playable(name, await file.readFile());
      this.keep(name, { audio, modifiedMs: mtimeMs });
      return audio;
    } catch (error) {
      throw unreadable(name, error);
    } finally {
      await file.close();
    }
  }

  /** What is wrong with these sounds, in words; empty when all can be played. */
  async problemsWith(names: readonly string[], userId: number): Promise<string[]> {
    const problems = await Promise.all(
      [...new Set(names)].map((name) =>
        this.load(name, userId).then(
          () => [],
          (error: Error) => [error.message],
        ),
      ),
    );
    return problems.flat();
  }

  /** Names cannot lead out of the directory, and a link inside it that leads out is refused too. */
  private async pathOf(name: string): Promise<string> {
    if (!isSoundName(name)) throw new SoundError(`"${name}" is not the name of a sound`);
    const isShipped = name.startsWith(SHIPPED);
    const root = isShipped ? SHIPPED_DIR : resolve(this.settings.mediaDir);
    const file = join(root, isShipped ? name.slice(SHIPPED.length) : name);
    try {
      const [realRoot, path] = await Promise.all([realpath(root), realpath(file)]);
      if (path.startsWith(realRoot + sep)) return path;
    } catch (error) {
      throw unreadable(name, error);
    }
    throw new SoundError(`"${name}" leads out of MEDIA_DIR`);
  }

  private keep(name: string, sound: Kept): void {
    this.kept.delete(name);
    this.kept.set(name, sound);
    let total = 0;
    for (const { audio } of this.kept.values()) total += audio.length;
    for (const [oldest, { audio }] of this.kept) {
      if (total <= CACHE_MAX_BYTES || oldest === name) return;
      this.kept.delete(oldest);
      total -= audio.length;
    }
  }
}

async function playable(name: string, file: Buffer): Promise<Buffer> {
  try {
    return await mulawOf(file);
  } catch (error) {
    if (!(error instanceof SoundError)) throw error;
    throw new SoundError(`"${name}" cannot be played: ${error.message}`);
  }
}

function unreadable(name: string, error: unknown): Error {
  if (error instanceof SoundError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const where = name.startsWith(SHIPPED)
    ? 'among those that come with Patchbay'
    : 'in MEDIA_DIR, nor one of yours';
  return code === 'ENOENT'
    ? new SoundError(`there is no sound "${name}" ${where}`)
    : new SoundError(`the sound "${name}" cannot be read (${code ?? 'unknown reason'})`);
}
