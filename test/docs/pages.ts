import { execFileSync } from 'node:child_process';

/** The files of the project as they would be committed now, relative to its root. */
export function projectFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], {
    encoding: 'utf8',
  });
  return listed.split('\0').filter((name) => name !== '');
}

/** The pages of the project. README.md is read first, as by people. */
export function pages(files = projectFiles()): string[] {
  const found = files.filter((name) => name.endsWith('.md')).sort();
  return ['README.md', ...found.filter((name) => name !== 'README.md')];
}
