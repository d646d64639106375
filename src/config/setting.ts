import type { Kind } from './kinds.js';

/** One environment variable of ours. */
export interface Setting<T> {
  /** The variable. */
  readonly name: string;
  /** What it may hold. */
  readonly kind: Kind<NonNullable<T>>;
  /** The value that applies when the variable is absent or empty. */
  readonly default: T;
  /** The purpose of the variable, with its unit; whole sentences. */
  readonly description: string;
  /**
   * What happens when the variable is absent, where no default shows it; continues
   * the word "Absent: ".
   */
  readonly absent?: string;
  /** A value for `.env.example` where the default is no useful example; never a usable secret. */
  readonly example?: string;
}

type Described = Pick<Setting<unknown>, 'description' | 'absent' | 'example'>;

/** Declares one variable. Without a default its value is null while it is absent. */
export function setting<T, const D extends T | null = null>(
  name: string,
  definition: Described & { kind: Kind<T>; default?: D },
): Setting<T | Extract<D, null>> {
  // The kind's own type does not include null, so a default of null needs the cast.
  return { default: null, ...definition, name } as unknown as Setting<T | Extract<D, null>>;
}

/** The description, and what happens when it is absent. */
export function meaningOf({ description, absent }: Setting<unknown>): string {
  return absent === undefined ? description : `${description} Absent: ${absent}.`;
}

/** A default as it would be written in the environment; empty for no default. */
export function shownValue(value: unknown): string {
  if (value === null || (typeof value === 'object' && Object.keys(value).length === 0)) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
