import { isDeepStrictEqual } from 'node:util';

/** JSON, by name. */
export type Content = Readonly<Record<string, unknown>>;

/** One place at which two contents differ. */
export interface Change {
  /** Names from the outside to the inside, such as `agent_options`, `steps`, `menu`. */
  path: readonly string[];
  /** Undefined: there was nothing. */
  before: unknown;
  /** Undefined: there is nothing any more. */
  after: unknown;
}

/** Deeper differences are told as one. */
const DEPTH_MAX = 8;

/**
 * Where two contents differ, as deep inside as it can be told by name: an object by its members, a list
 * of objects that have names by those. Anything else is compared as a whole.
 *
 * @param depth how long a path may be
 */
export function changesBetween(before: Content, after: Content, depth = DEPTH_MAX): Change[] {
  return differences(before, after, [], depth);
}

function differences(
  before: unknown,
  after: unknown,
  path: readonly string[],
  depth: number,
): Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [old, young] = [membersOf(before), membersOf(after)];
  if (path.length === depth || !old || !young) return [{ path, before, after }];
  const names = new Set([...young.keys(), ...old.keys()]);
  const found = [...names].flatMap((name) =>
    differences(old.get(name), young.get(name), [...path, name], depth),
  );
  // The same members in another order.
  return found.length === 0 && Array.isArray(after) ? [{ path, before, after }] : found;
}

/** Null: its members have no names. */
function membersOf(value: unknown): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const named = value.map((one): [unknown, unknown] => [(Object(one) as Content)['name'], one]);
  const members = new Map(
    named.filter((one): one is [string, unknown] => typeof one[0] === 'string'),
  );
  return members.size === value.length && value.length > 0 ? members : null;
}
