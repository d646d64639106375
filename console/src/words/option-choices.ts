import type { JsonSchema } from '../api/types.js';
import { textOf } from './option-values.js';
import { schemaTitle } from './schema-title.js';

/** A value that may be chosen. */
export interface OptionChoice {
  /** The value as text, by which a control knows it. */
  text: string;
  /** What people see. */
  title: string;
  value: unknown;
}

/** The values of a choice: those of `enum`, or of a `oneOf` with a `const` each, which may have titles. None: it is no choice. */
export function choicesOf({ enum: values, oneOf }: JsonSchema): OptionChoice[] {
  if (values) return values.map((value) => choiceOf(value));
  const isChoice = oneOf?.every((one) => 'const' in one) ?? false;
  return isChoice ? (oneOf ?? []).map(({ const: value, title }) => choiceOf(value, title)) : [];
}

/** What is suggested beside any other text. */
export function suggestionsOf({ examples = [] }: JsonSchema): OptionChoice[] {
  return examples.map((value) => choiceOf(value));
}

/** A value by its title where the schema has one; else as text. */
export function choiceTitle(schema: JsonSchema, value: unknown): string {
  const text = textOf(value);
  return choicesOf(schema).find((choice) => choice.text === text)?.title ?? text;
}

function choiceOf(value: unknown, title = textOf(value)): OptionChoice {
  return { text: textOf(value), title: schemaTitle(title), value };
}
