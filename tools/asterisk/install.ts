import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  download,
  hasProgram,
  mirror,
  namesIn,
  readIndex,
  sha256,
  type DebianIndex,
  type DebianPackage,
} from './debian.js';
import { CannotInstall, defaultRoot, layoutOf } from './layout.js';

/** Asterisk, a phone that a test can talk to, and one that answers as a scenario says. */
const WANTED = ['asterisk', 'asterisk-modules', 'baresip-core', 'sip-tester'];
/** Dependencies of modules that are never loaded, and of installation scripts that are never run. */
const NOT_NEEDED = new Set(
  `libunbound8 adduser asterisk-config asterisk-config-custom asterisk-core-sounds-en libcodec2-1.2
  libsnmp45 libgmime-3.0-0t64 libical3t64 libiksemel3 libjack-jackd2-0 libldap2 liblua5.1-0
  libneon27t64 libodbc2 libpq5 libportaudio2 libradcli4 libsybdb5 libmosquitto1 libmp3lame0
  libmpg123-0t64 libopenaptx0 libsndio7.0 libtwolame0 libvpx12 libpng16-16t64 libspandsp2t64
  libasound2t64 libcurl4t64 libsystemd-shared debconf perl-base dpkg tzdata libsysprof
  init-system-helpers install-info gcc-16-base libresample1 libopusfile0 libopusenc0 libvorbis0a
  libvorbisenc2 libvorbisfile3 libopencore-amrnb0 libopencore-amrwb0 libvo-amrwbenc0 libsqlite0
  libjwt2`.split(/\s+/),
);
/** Of the folder: with another number it is made anew. */
const FORMAT = 1;
const PARALLEL = 6;
const LEFT_OUT = ['doc', 'man', 'locale', 'i18n'];
/** The packages' `/lib` and `/usr/lib` are one, as on every Debian of today. */
const MERGED = { lib: 'usr/lib', bin: 'usr/bin', sbin: 'usr/sbin', lib64: 'usr/lib' };

/** What is in the folder. */
export interface Installed {
  format: number;
  /** Versions by package. */
  versions: Record<string, string>;
}

/**
 * Unpacks Asterisk and two SIP phones into one folder: about 40 MB of downloads, half a minute, once.
 * No root, no package manager, nothing outside the folder. A folder that is complete is left as it is.
 * @throws CannotInstall
 */
export async function install(
  root: string = defaultRoot(),
  say: (line: string) => void = () => undefined,
): Promise<Installed> {
  const { stamp } = layoutOf(root);
  const known = readStamp(stamp);
  if (known?.format === FORMAT) return known;
  if (!hasProgram('dpkg-deb')) throw new CannotInstall('it needs dpkg-deb');
  const from = mirror();
  const chosen = chooseFrom(await readIndex(from, say));
  const megabytes = chosen.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  say(`Downloading ${chosen.length} Debian packages, ${megabytes.toFixed(0)} MB, once`);
  const partial = `${root}.${process.pid}`;
  try {
    await unpackAll(from, chosen, partial);
    const versions = Object.fromEntries(chosen.map(({ name, version }) => [name, version]));
    const installed: Installed = { format: FORMAT, versions };
    writeFileSync(layoutOf(partial).stamp, JSON.stringify(installed, null, 1));
    rmSync(root, { recursive: true, force: true });
    renameSync(partial, root);
    return installed;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function readStamp(stamp: string): Installed | null {
  return existsSync(stamp) ? (JSON.parse(readFileSync(stamp, 'utf8')) as Installed) : null;
}

/** What is wanted, and what that depends on. */
function chooseFrom({ packages, provided }: DebianIndex): DebianPackage[] {
  const chosen = new Map<string, DebianPackage>();
  const queue = [...WANTED];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (chosen.has(name) || NOT_NEEDED.has(name)) continue;
    const found = packages.get(name);
    if (!found) throw new CannotInstall(`Debian's index has no package ${name}`);
    chosen.set(name, found);
    for (const clause of found.depends.split(',')) {
      const options = namesIn(clause, '|');
      if (options.some((one) => chosen.has(one) || NOT_NEEDED.has(one))) continue;
      const known = options.map((one) => (packages.has(one) ? one : provided.get(one)));
      const pick = known.find((one) => one !== undefined);
      if (pick !== undefined) queue.push(pick);
    }
  }
  return [...chosen.values()];
}

async function unpackAll(
  from: string,
  chosen: readonly DebianPackage[],
  into: string,
): Promise<void> {
  for (const folder of Object.values(MERGED)) mkdirSync(join(into, folder), { recursive: true });
  for (const [name, target] of Object.entries(MERGED)) symlinkSync(target, join(into, name));
  const queue = [...chosen];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const bytes = await download(`${from}/${next.file}`);
      if (sha256(bytes) !== next.sha256) throw new CannotInstall(`${next.name}: wrong SHA256`);
      unpack(bytes, into, next.name);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  for (const name of LEFT_OUT)
    rmSync(join(into, 'usr/share', name), { recursive: true, force: true });
}

function unpack(bytes: Buffer, into: string, name: string): void {
  const file = join(into, `${name}.deb`);
  writeFileSync(file, bytes);
  const tar = execFileSync('dpkg-deb', ['--fsys-tarfile', file], { maxBuffer: 2 ** 30 });
  rmSync(file);
  execFileSync('tar', ['-x', '--keep-directory-symlink', '--no-same-owner', '-C', into], {
    input: tar,
  });
}
