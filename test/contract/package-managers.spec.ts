import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

interface Manifest {
  engines: { node: string };
  /** A nested one is about a peer, which npm alone refuses to install when it does not fit. */
  overrides: Record<string, string | object>;
  resolutions: Record<string, string>;
  allowScripts: Record<string, boolean>;
}
interface LockedPackage {
  version?: string;
  engines?: { node?: string };
  hasInstallScript?: boolean;
  optional?: boolean;
}

const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> };
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
const nameOf = (path: string) => path.split('node_modules/').at(-1) ?? path;

describe('what is installed', () => {
  test('is the same by npm, Yarn and pnpm', () => {
    const pnpm = parse(read('pnpm-workspace.yaml')) as Record<string, unknown>;
    const versions = Object.entries(manifest.overrides).filter(([, to]) => typeof to === 'string');
    expect(manifest.resolutions).toEqual(Object.fromEntries(versions));
    expect(pnpm['overrides']).toEqual(manifest.resolutions);
    expect(pnpm['allowBuilds']).toEqual(manifest.allowScripts);
  });

  test('asks for no newer Node than we do', () => {
    expect(manifest.engines.node).toBe('>=20.19');
    // `>=22`, `^22.1`, `22`: a range whose every alternative begins above ours.
    const tooNew = packages.filter(([, { engines }]) => {
      const alternatives = (engines?.node ?? '*').split('||').map((range) => /\d+/.exec(range));
      return alternatives.every((major) => major !== null && Number(major[0]) > 20);
    });
    expect(tooNew.map(([path, { engines }]) => `${nameOf(path)} ${engines?.node}`)).toEqual([]);
  });

  test('has no install script that nobody decided about', () => {
    const scripted = packages.filter(([, found]) => found.hasInstallScript);
    const undecided = scripted
      .map(([path]) => nameOf(path))
      .filter((name) => !(name in manifest.allowScripts));
    expect(undecided).toEqual([]);
  });
});
