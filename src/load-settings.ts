import { readEnvironment, type Environment } from './config/environment.js';
import { parseSettings, type Settings } from './parse-settings.js';

/**
 * The settings of this process: its environment over the `.env` file of its
 * working directory. Called once, at the start.
 *
 * @throws SettingsError when a variable, or the file itself, cannot be used.
 */
export function loadSettings(env?: Environment, directory?: string): Settings {
  return parseSettings(readEnvironment(env, directory));
}
