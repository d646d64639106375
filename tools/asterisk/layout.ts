import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Asterisk cannot be had on this machine; the message says why. */
export class CannotInstall extends Error {}

interface Architecture {
  debian: string;
  triplet: string;
  loader: string;
}

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x64: { debian: 'amd64', triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { debian: 'arm64', triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

/** @throws CannotInstall */
export function architecture(): Architecture {
  const found = process.platform === 'linux' ? ARCHITECTURES[process.arch] : undefined;
  if (found) return found;
  throw new CannotInstall(
    `it needs Linux on x64 or arm64, and this is ${process.platform} on ${process.arch}`,
  );
}

/** Where the programs are, in one folder that is kept: `ASTERISK_ROOT`, else in the user's cache. */
export function defaultRoot(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return process.env['ASTERISK_ROOT'] ?? join(cache, 'patchbay-asterisk');
}

/** Where things are in an installed folder. */
export interface Layout {
  root: string;
  /** Asterisk's modules, and those of the phone. */
  modules: string;
  phoneModules: string;
  /** Asterisk's own data, such as its XML documentation. */
  share: string;
  /** Says what was installed; written last. */
  stamp: string;
  /** The command that runs a program of the folder with the folder's own libraries. */
  command(program: string): [file: string, ...args: string[]];
}

/** @throws CannotInstall */
export function layoutOf(root: string): Layout {
  const { triplet, loader } = architecture();
  const lib = join(root, 'usr/lib', triplet);
  const phoneModules = join(lib, 'baresip/modules');
  const libraries = [lib, join(root, 'usr/lib'), join(lib, 'pulseaudio')].join(':');
  return {
    root,
    modules: join(lib, 'asterisk/modules'),
    phoneModules: existsSync(phoneModules) ? phoneModules : join(root, 'usr/lib/baresip/modules'),
    share: join(root, 'usr/share/asterisk'),
    stamp: join(root, 'installed.json'),
    command: (program) => [
      join(lib, loader),
      '--inhibit-cache',
      '--library-path',
      libraries,
      join(root, program),
    ],
  };
}
