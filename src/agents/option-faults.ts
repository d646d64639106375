import type { OptionFault } from '../shared/schema-faults.js';

/** A sentence from the agent itself, which begins with the option's name if it is about one. */
export function faultOfSentence(
  sentence: string,
  schema: Readonly<Record<string, unknown>>,
): OptionFault {
  const [, path = '', message = sentence] = /^([\w.-]+) (.*)$/s.exec(sentence) ?? [];
  const [option = ''] = path.split('.', 1);
  const known = Object.hasOwn(schema['properties'] ?? {}, option);
  return known ? { option: path, message } : { option: '', message: sentence };
}
