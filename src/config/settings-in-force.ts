import type { Environment } from './environment.js';
import { byTitle, type Sections } from './parse-sections.js';
import { shownValue, type Setting } from './setting.js';

/** One setting as this process was started with it. */
export interface SettingInForce {
  /** The variable. */
  name: string;
  /** The heading under which the variable is listed. */
  section: string;
  /** Whether the environment or `.env` sets it. */
  set: boolean;
  /** Whether its value is never shown. */
  secret: boolean;
  /** As it would be written in the environment; null: a secret, or neither set nor with a default. */
  value: string | null;
  /** What it is for, with its unit. */
  description: string;
  /** What happens while it is absent, where no default shows it. */
  absent: string | null;
}

/** The settings in force, for the administrator to read; an injection token. */
export class SettingsInForce {
  constructor(readonly list: readonly SettingInForce[]) {}
}

/** Every declared setting with its value, in the order in which they are listed. Pure. */
export function settingsInForce(sections: Sections, env: Environment): SettingInForce[] {
  return [...byTitle(sections)].flatMap(([section, settings]) =>
    settings.map((setting) => inForce(section, setting, (env[setting.name] ?? '').trim())),
  );
}

function inForce(section: string, setting: Setting<unknown>, text: string): SettingInForce {
  const secret = setting.kind.secret === true;
  const value = text === '' ? shownValue(setting.default) : text;
  return {
    name: setting.name,
    section,
    set: text !== '',
    secret,
    value: secret || value === '' ? null : value,
    description: setting.description,
    absent: setting.absent ?? null,
  };
}
