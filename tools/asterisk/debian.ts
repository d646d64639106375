import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { architecture, CannotInstall } from './layout.js';

const SUITE = process.env['ASTERISK_DEBIAN_SUITE'] ?? 'sid';
const TRIES = 3;
const KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.pgp',
  '/usr/share/keyrings/debian-archive-keyring.gpg',
];

/** A package of the index. */
export interface DebianPackage {
  name: string;
  version: string;
  /** Below the mirror. */
  file: string;
  sha256: string;
  bytes: number;
  depends: string;
}

export interface DebianIndex {
  packages: ReadonlyMap<string, DebianPackage>;
  /** Names that a package stands for, beside its own. */
  provided: ReadonlyMap<string, string>;
}

/**
 * The mirror that this machine's own apt uses, over TLS; `ASTERISK_DEBIAN_MIRROR` names another,
 * such as a dated snapshot.
 * @throws CannotInstall
 */
export function mirror(): string {
  const named = process.env['ASTERISK_DEBIAN_MIRROR'];
  if (named) return named.replace(/\/+$/, '');
  const folder = '/etc/apt/sources.list.d';
  const folderFiles = existsSync(folder)
    ? readdirSync(folder).map((name) => join(folder, name))
    : [];
  for (const file of ['/etc/apt/sources.list', ...folderFiles]) {
    for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
      const found =
        /^(?:deb\s+(?:\[[^\]]*\]\s*)?|URIs:\s*)(https?:\/\/\S+\/debian)\/?(?:\s|$)/.exec(line);
      if (found?.[1]) return found[1].replace(/^http:/, 'https:');
    }
  }
  throw new CannotInstall('no Debian mirror is known here: set ASTERISK_DEBIAN_MIRROR');
}

/**
 * Reads the index of the suite. It is signed: by Debian's key where the machine has it and `gpgv`,
 * else by the mirror's TLS alone, which is said.
 * @throws CannotInstall
 */
export async function readIndex(from: string, say: (line: string) => void): Promise<DebianIndex> {
  const release = (await download(`${from}/dists/${SUITE}/InRelease`)).toString('utf8');
  checkSignature(release, from, say);
  const name = `main/binary-${architecture().debian}/Packages.gz`;
  const listed = new RegExp(`^ ([0-9a-f]{64}) +\\d+ ${name.replaceAll('.', '\\.')}$`, 'm');
  const sum = listed.exec(release)?.[1];
  if (sum === undefined) throw new CannotInstall(`${SUITE} has no ${name}`);
  const zipped = await download(`${from}/dists/${SUITE}/${name}`);
  if (sha256(zipped) !== sum) {
    throw new CannotInstall(
      'the index has the wrong SHA256: the mirror may be changing, try again',
    );
  }
  return indexIn(gunzipSync(zipped).toString('utf8'));
}

/** @throws CannotInstall */
export async function download(url: string): Promise<Buffer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const reply = await fetch(url, { signal: AbortSignal.timeout(60_000) });
      if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
      return Buffer.from(await reply.arrayBuffer());
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string } };
      if (attempt >= TRIES) throw new CannotInstall(`${url}: ${cause?.code ?? message}`);
      await sleep(1_000 * attempt);
    }
  }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function hasProgram(name: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.some((folder) => existsSync(join(folder, name)));
}

function indexIn(text: string): DebianIndex {
  const packages = new Map<string, DebianPackage>();
  const provided = new Map<string, string>();
  for (const block of text.split('\n\n')) {
    const fields = new Map(
      [...block.matchAll(/^([\w-]+): (.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    const field = (name: string): string => fields.get(name) ?? '';
    const name = field('Package');
    if (name === '') continue;
    packages.set(name, {
      name,
      version: field('Version'),
      file: field('Filename'),
      sha256: field('SHA256'),
      bytes: Number(field('Size')),
      depends: `${field('Pre-Depends')},${field('Depends')}`,
    });
    for (const virtual of namesIn(field('Provides'), ',')) provided.set(virtual, name);
  }
  return { packages, provided };
}

/** The bare names of a list of packages, without versions and architectures. */
export function namesIn(list: string, separator: ',' | '|'): string[] {
  return list
    .split(separator)
    .map((one) => one.trim().split(/[ :(]/, 1)[0] ?? '')
    .filter((name) => name !== '');
}

function checkSignature(release: string, from: string, say: (line: string) => void): void {
  const keyring = KEYRINGS.find((file) => existsSync(file));
  if (keyring === undefined || !hasProgram('gpgv')) {
    if (!from.startsWith('https:')) throw new CannotInstall('a mirror without TLS needs a keyring');
    say('There is no gpgv, or no keyring of Debian: the mirror is trusted by its TLS alone');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-release-'));
  const file = join(folder, 'InRelease');
  writeFileSync(file, release);
  const { status, stderr } = spawnSync('gpgv', ['--keyring', keyring, file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  // Of several signatures one may be by a key that this machine does not have yet.
  if (status === 0 || stderr.includes('Good signature')) return;
  throw new CannotInstall(`InRelease is not signed by Debian: ${stderr.trim().split('\n').pop()}`);
}
