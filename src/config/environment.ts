import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { SettingsError } from './settings-error.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of this process over the `.env` file of its working
 * directory, if there is one.
 *
 * The file is not read into `process.env`, so that child processes do not
 * inherit its secrets. A variable that the environment sets to an empty text
 * stays absent, whatever the file says.
 *
 * @throws SettingsError when the file cannot be read.
 */
export function readEnvironment(
  env: Environment = process.env,
  directory: string = process.cwd(),
): Environment {
  return { ...readEnvFile(join(directory, '.env')), ...env };
}

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw new SettingsError([{ variable: '.env', expected: `must be a readable file (${code})` }]);
  }
}
