import type { Environment } from './environment.js';
import type { Look, Section } from './section.js';
import type { Setting } from './setting.js';
import { SettingsError, type SettingsProblem } from './settings-error.js';
import { findUnknownVariables, type SettingsWarning } from './unknown-variables.js';

export type Sections = Readonly<Record<string, Section>>;

/** One instance of each section, by the section's key. */
export type InstancesOf<S extends Sections> = {
  -readonly [Key in keyof S]: InstanceType<S[Key]>;
};

export interface Rules {
  /** Conflicts between sections, which no single section can detect. */
  conflicts: (look: Look) => SettingsProblem[];
  /**
   * Names that other programs read from the same environment, so that they do not
   * count as misspelt.
   */
  others: readonly string[];
}

/**
 * Reads all sections from a record of environment variables. Pure. Spaces
 * around a value are dropped; an empty value counts as absent.
 *
 * @throws SettingsError naming every variable that cannot be used.
 */
export function parseSections<S extends Sections>(
  sections: S,
  env: Environment,
  rules: Rules = { conflicts: () => [], others: [] },
): { settings: InstancesOf<S>; warnings: SettingsWarning[] } {
  const classes = Object.values<Section>(sections);
  const problems: SettingsProblem[] = [];
  const instances = new Map(classes.map((one) => [one, readSection(one, env, problems)]));
  const look: Look = {
    of: <T>(one: new (values: never) => T) => instances.get(one as unknown as Section) as T,
    has: (setting) => textOf(env, setting) !== '',
  };
  problems.push(...classes.flatMap((one) => one.conflicts(look)), ...rules.conflicts(look));
  if (problems.length > 0) throw new SettingsError(problems);

  const known = [...settingsOf(sections).map(({ name }) => name), ...rules.others];
  const set = Object.keys(env).filter((name) => (env[name] ?? '').trim() !== '');
  const settings = Object.fromEntries(
    Object.entries(sections).map(([key, one]) => [key, instances.get(one)]),
  );
  return {
    settings: settings as InstancesOf<S>,
    warnings: [...findUnknownVariables(set, known), ...classes.flatMap((one) => one.idle(look))],
  };
}

/** Every setting, in the order in which they are listed. */
export function settingsOf(sections: Sections): Array<Setting<unknown>> {
  return Object.values(sections).flatMap(({ fields }) => Object.values(fields));
}

/** Every setting, grouped by the heading that sections share. */
export function byTitle(sections: Sections): Map<string, Array<Setting<unknown>>> {
  const found = new Map<string, Array<Setting<unknown>>>();
  for (const { title, fields } of Object.values(sections)) {
    found.set(title, [...(found.get(title) ?? []), ...Object.values(fields)]);
  }
  return found;
}

const textOf = (env: Environment, { name }: Setting<unknown>): string => (env[name] ?? '').trim();

function readSection(declared: Section, env: Environment, problems: SettingsProblem[]): object {
  const values: Record<string, unknown> = {};
  for (const [field, setting] of Object.entries(declared.fields)) {
    const text = textOf(env, setting);
    if (text === '') continue;
    const parsed = setting.kind.parse(text);
    if (parsed.ok) values[field] = parsed.value;
    else {
      const why = parsed.why === undefined ? '' : ` (${parsed.why})`;
      problems.push({
        variable: setting.name,
        expected: `must be ${setting.kind.expected}${why}`,
      });
    }
  }
  return new declared(values as never);
}
