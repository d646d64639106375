import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { parseSettings } from './parse-settings.js';
import type { Environment } from './parse-settings.js';
import { SettingsError } from './settings-error.js';
import type { Settings } from './settings.js';

/**
 * The settings of this process: its environment over the `.env` file of its
 * working directory, if there is one. Called once, at the start.
 *
 * The file is read beside `process.env`, not into it, so that its secrets are
 * not handed on to child processes. A variable that the environment sets to
 * nothing stays absent, whatever the file says.
 *
 * @throws SettingsError when a variable, or the file itself, cannot be used.
 */
export function loadSettings(
  env: Environment = process.env,
  directory: string = process.cwd(),
): Settings {
  return parseSettings({ ...readEnvFile(join(directory, '.env')), ...env });
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
