import type { Setting } from './setting.js';
import type { SettingsProblem } from './settings-error.js';
import type { SettingsWarning } from './unknown-variables.js';

export type Fields = Readonly<Record<string, Setting<unknown>>>;

/** What the settings of a section parse to. */
export type ValuesOf<F extends Fields> = {
  readonly [Field in keyof F]: F[Field] extends Setting<infer T> ? T : never;
};

/** The environment as rules see it, after each variable was parsed separately. */
export interface Look {
  /** Returns a section; a variable that could not be parsed has its default there. */
  of<T extends object>(section: new (values: never) => T): T;
  /**
   * Whether a variable is set, usable or not. Rules use this so that one mistake is
   * reported only once.
   */
  has(setting: Setting<unknown>): boolean;
}

/** What a section's class declares. */
interface Declaration<F extends Fields> {
  /** The heading under which the variables are listed. Sections in a row may share one. */
  readonly title: string;
  /**
   * The settings by the name of the field that holds the value, in the order in
   * which they are listed.
   */
  readonly fields: F;
  /** Finds values that are valid alone but not in combination. Called once, at the start. */
  conflicts(look: Look): SettingsProblem[];
  /**
   * Finds settings that have no effect because of the others. Called once, at the
   * start, when nothing is wrong.
   */
  idle(look: Look): SettingsWarning[];
}

/** A class of settings that are injected together; the class is the token. */
export interface Section extends Declaration<Fields> {
  new (values: never): object;
}

interface SectionOf<F extends Fields> extends Declaration<F> {
  /** Fields that are left out have their defaults. */
  new (values?: Partial<ValuesOf<F>>): ValuesOf<F>;
}

/**
 * The class that a section's class extends: its fields and their types are
 * those of the declaration. Rules are added by overriding `conflicts` and `idle`.
 */
export function section<const F extends Fields>(title: string, fields: F): SectionOf<F> {
  class Declared {
    static readonly title = title;
    static readonly fields = fields;

    static conflicts(): SettingsProblem[] {
      return [];
    }

    static idle(): SettingsWarning[] {
      return [];
    }

    constructor(values: Partial<Record<string, unknown>> = {}) {
      for (const [field, { default: absent }] of Object.entries(fields)) {
        // Null is only ever the value of an absent variable, so it never hides a default.
        Object.assign(this, { [field]: values[field] ?? absent });
      }
    }
  }
  return Declared as unknown as SectionOf<F>;
}

/**
 * Makes a problem that a rule finds; `expected` continues the sentence after the
 * variable's name.
 */
export const problem = ({ name }: Setting<unknown>, expected: string): SettingsProblem => ({
  variable: name,
  expected,
});

/** The problems of settings that go together: those that are missing where others of the group are set. */
export function allOrNone(look: Look, group: ReadonlyArray<Setting<unknown>>): SettingsProblem[] {
  const missing = group.filter((one) => !look.has(one));
  if (missing.length === group.length) return [];
  const names = group.map(({ name }) => name).join(', ');
  return missing.map((one) =>
    problem(one, `must be set too, or none of ${names}: ${one.kind.expected}`),
  );
}

/**
 * Makes a warning for each of the given settings that is set; `why` continues the
 * words "has no effect".
 */
export function idleSettings(
  look: Look,
  settings: ReadonlyArray<Setting<unknown>>,
  why: string,
): SettingsWarning[] {
  return settings
    .filter((one) => look.has(one))
    .map(({ name }) => ({ variable: name, message: `${name} has no effect ${why}.` }));
}
