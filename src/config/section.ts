import type { Setting } from './setting.js';
import type { SettingsProblem } from './settings-error.js';
import type { SettingsWarning } from './unknown-variables.js';

export type Fields = Readonly<Record<string, Setting<unknown>>>;

/** What the settings of a section parse to. */
export type ValuesOf<F extends Fields> = {
  readonly [Field in keyof F]: F[Field] extends Setting<infer T> ? T : never;
};

/** The environment as rules see it, after each variable was parsed by itself. */
export interface Look {
  /** A section; a variable that could not be parsed is at its default. */
  of<T extends object>(section: new (values: never) => T): T;
  /** Whether a variable is set, to something usable or not. Rules go by it so that one mistake is told once. */
  has(setting: Setting<unknown>): boolean;
}

/** What a section's class says of it. */
interface Declaration<F extends Fields> {
  /** The heading under which the variables are listed. Sections in a row may share one. */
  readonly title: string;
  /** By the name of the field that holds the value, in the order in which they are listed. */
  readonly fields: F;
  /** What each variable allows by itself but not beside the others. Called once, at the start. */
  conflicts(look: Look): SettingsProblem[];
  /** What is set and of no use beside the rest. Called once, at the start, when nothing is wrong. */
  idle(look: Look): SettingsWarning[];
}

/** A class of settings that are injected together; the class is the token. */
export interface Section extends Declaration<Fields> {
  new (values: never): object;
}

interface SectionOf<F extends Fields> extends Declaration<F> {
  /** What is left out is at its default. */
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
        // Null is the value of what is absent only, so it never hides a default.
        Object.assign(this, { [field]: values[field] ?? absent });
      }
    }
  }
  return Declared as unknown as SectionOf<F>;
}

/** A problem that a rule finds; `expected` reads on from the variable's name. */
export const problem = ({ name }: Setting<unknown>, expected: string): SettingsProblem => ({
  variable: name,
  expected,
});

/** The warnings about those of some settings that are set; `why` reads on from "has no effect". */
export function idleSettings(
  look: Look,
  settings: ReadonlyArray<Setting<unknown>>,
  why: string,
): SettingsWarning[] {
  return settings
    .filter((one) => look.has(one))
    .map(({ name }) => ({ variable: name, message: `${name} has no effect ${why}.` }));
}
