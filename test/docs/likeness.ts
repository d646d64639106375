/** What is different in each run: times, carriers' and our ids, ports, secrets. */
const PASSING: ReadonlyArray<[RegExp, string]> = [
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '(time)'],
  [/[0-9a-f]{32}|(?<=AC)…/g, '(id)'],
  [/(?<=127\.0\.0\.1:)\d+/g, '(port)'],
  [/[\w-]{43}/g, '(secret)'],
];

/**
 * How a printed value differs from a real one, in its names, in the kinds of its values, or in what is
 * the same each time; null: it does not. Where one of them is null, the other may be anything.
 */
export function differenceOf(printed: unknown, real: unknown, at = 'the reply'): string | null {
  if (printed === null || real === null) return null;
  if (typeof printed !== typeof real) return `${at} is of another kind`;
  if (typeof printed === 'string' && typeof real === 'string') {
    return steady(printed) === steady(real) ? null : `${at} is ${JSON.stringify(real)}`;
  }
  if (typeof printed !== 'object' || typeof real !== 'object') {
    return printed === real ? null : `${at} is ${JSON.stringify(real)}`;
  }
  const names = new Set([...Object.keys(printed), ...Object.keys(real)]);
  for (const name of names) {
    if (!Object.hasOwn(real, name)) return `${at} has no ${name}`;
    if (!Object.hasOwn(printed, name)) return `${at} has ${name}, too`;
    const difference = differenceOf(valueAt(printed, name), valueAt(real, name), name);
    if (difference !== null) return difference;
  }
  return null;
}

function valueAt(object: object, name: string): unknown {
  return (object as Record<string, unknown>)[name];
}

function steady(text: string): string {
  return PASSING.reduce((rest, [pattern, word]) => rest.replace(pattern, word), text);
}
