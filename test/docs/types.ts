import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Block } from './blocks.js';
import { fileOf } from './pieces.js';

/** As in a project of the reader's own, where the types of `patchbay/agent` are those of the package. */
const OPTIONS = {
  target: 'ES2023',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  lib: ['ES2023'],
  types: ['node'],
  strict: true,
  // What an agent is called with has no type in JavaScript.
  noImplicitAny: false,
  useUnknownInCatchVariables: false,
  allowJs: true,
  checkJs: true,
  skipLibCheck: true,
  noEmit: true,
};

/**
 * What the compiler finds wrong with what no command of the page runs: its TypeScript, and pieces of
 * agents. They lie there as files.
 */
export async function faultsOfTypes(root: string, blocks: readonly Block[]): Promise<string[]> {
  const files = blocks
    .filter(({ language, marks }) => language === 'ts' || marks.inside !== undefined)
    .map(fileOf);
  if (files.length === 0) return [];
  const config = join(root, 'tsconfig.page.json');
  await writeFile(config, JSON.stringify({ compilerOptions: OPTIONS, files }));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const child = spawn(process.execPath, [compiler, '-p', config, '--pretty', 'false'], {
    cwd: root,
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  await once(child, 'close');
  return output.split('\n').filter((line) => line !== '');
}
