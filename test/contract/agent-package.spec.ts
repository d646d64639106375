import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = resolve('.');
const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, { types: string; default: string }>;
};

/** The declarations that a file of types leads to, itself first, and what it imports that is no file of ours. */
function declarationsOf(path: string, files = new Set<string>(), packages = new Set<string>()) {
  if (files.has(path)) return { files, packages };
  files.add(path);
  const text = readFileSync(path, 'utf8');
  for (const [, name = ''] of text.matchAll(/(?:from|import)[ (]+['"]([^'"]+)['"]/g)) {
    if (!name.startsWith('.')) packages.add(name);
    else declarationsOf(join(dirname(path), name.replace(/\.js$/, '.d.ts')), files, packages);
  }
  return { files, packages };
}

describe('what the package says to agents elsewhere', () => {
  it('is the port and its test kit', () => {
    expect(Object.keys(exports)).toEqual([
      './agent',
      './agent/acceptance',
      './agent/scripted-caller',
    ]);
  });

  it.each(Object.entries(exports))('%s has types that need no other package', (_name, entry) => {
    const { files, packages } = declarationsOf(join(ROOT, entry.types));
    expect([...packages]).toEqual([]);
    // Not one that says nothing: each is about an agent.
    expect([...files]).toContain(join(ROOT, 'dist', 'types', 'agents', 'agent.d.ts'));
  });
});
