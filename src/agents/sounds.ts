import { access, constants, open, readdir, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { mulaw8kBySeconds, openWav, type WavProblem, type WavSource } from '../audio/wav.js';
import { AgentSettings } from './agents.variables.js';
import { fileStartError } from '../shared/file-fault.js';
import { packageRoot } from '../shared/package-root.js';
import { codeOf } from '../shared/start-error.js';

/**
 * Letters, digits, `_`, `-` and `.`, with folders if needed: `menu/welcome.wav`. With the prefix `patchbay:` it is a sound
 * that comes with Patchbay.
 */
const NAME = /^(?:patchbay:)?[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,7}$/;
/** Before the name of a sound that comes with Patchbay; no file of `MEDIA_DIR` can be called so. */
const SHIPPED = 'patchbay:';
const SHIPPED_DIR = join(packageRoot(), 'sounds');

export function isSoundName(name: string): boolean {
  return NAME.test(name);
}

export const SOUND_NAME = {
  type: 'string',
  pattern: NAME.source,
  maxLength: 200,
  description:
    'A WAV file in MEDIA_DIR, such as welcome.wav, or one that comes with Patchbay, such as patchbay:welcome.wav.',
} as const;

const FILE_MAX_BYTES = 128 * 1024 * 1024;
/** The longest sound: what may wait to be heard. */
const LENGTH_MAX_SECONDS = 10 * 60;
/** The size of all sounds that are kept ready: about half an hour. */
const CACHE_MAX_BYTES = 16 * 1024 * 1024;

const PROBLEMS: Record<WavProblem, string> = {
  'not-wav': 'it is not a WAV file',
  'no-format': 'its format is missing',
  'no-data': 'it holds no audio',
  encoding: 'its encoding is not known; save it as 16-bit PCM',
  channels: 'it is neither mono nor stereo',
  'sample-rate': 'its rate is out of range; 8,000 Hz is what the telephone plays',
};

/** Why a sound cannot be played, in words. */
export class SoundError extends Error {}

interface Kept {
  audio: Buffer;
  modifiedMs: number;
}

/** The sounds of `MEDIA_DIR`, and those that come with Patchbay, by name, in the telephone's format. */
@Injectable()
export class Sounds implements OnModuleInit {
  private readonly kept = new Map<string, Kept>();
  private readonly loading = new Map<string, Promise<Buffer>>();

  constructor(private readonly settings: AgentSettings) {}

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
   * @throws SoundError naming the sound and what to do
   */
  load(name: string): Promise<Buffer> {
    let loading = this.loading.get(name);
    if (!loading) {
      loading = this.read(name).finally(() => this.loading.delete(name));
      this.loading.set(name, loading);
    }
    return loading;
  }

  private async read(name: string): Promise<Buffer> {
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
      const wav = openWav(await file.readFile());
      if ('problem' in wav) {
        throw new SoundError(`"${name}" cannot be played: ${PROBLEMS[wav.problem]}`);
      }
      if (wav.length > LENGTH_MAX_SECONDS * wav.sampleRate) {
        throw new SoundError(`"${name}" is longer than ten minutes`);
      }
      const audio = await convert(wav);
      this.keep(name, { audio, modifiedMs: mtimeMs });
      return audio;
    } catch (error) {
      throw unreadable(name, error);
    } finally {
      await file.close();
    }
  }

  /** What is wrong with these sounds, in words; empty when all can be played. */
  async problemsWith(names: readonly string[]): Promise<string[]> {
    const problems = await Promise.all(
      [...new Set(names)].map((name) =>
        this.load(name).then(
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

/** Lets the other calls continue meanwhile. Converting ten minutes at once would be seconds of silence for all of them. */
async function convert(wav: WavSource): Promise<Buffer> {
  const seconds: Buffer[] = [];
  for (const second of mulaw8kBySeconds(wav)) {
    seconds.push(second);
    await turnOfTheLoop();
  }
  return Buffer.concat(seconds);
}

function unreadable(name: string, error: unknown): Error {
  if (error instanceof SoundError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const where = name.startsWith(SHIPPED) ? 'among those that come with Patchbay' : 'in MEDIA_DIR';
  return code === 'ENOENT'
    ? new SoundError(`there is no sound "${name}" ${where}`)
    : new SoundError(`the sound "${name}" cannot be read (${code ?? 'unknown reason'})`);
}
