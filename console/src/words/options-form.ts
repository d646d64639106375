import type { JsonSchema } from '../api/types.js';

/** How one option of an agent, or one setting of an account, is entered. */
export interface OptionField {
  name: string;
  label: string;
  kind: 'line' | 'text' | 'secret' | 'number' | 'boolean' | 'choice' | 'list' | 'json';
  required: boolean;
  hint: string;
  choices: string[];
  schema: JsonSchema;
}

/** The content of the controls: text, and `true` or `false` for a checkbox. */
export type OptionValues = Readonly<Record<string, string | boolean>>;

export type ReadOptions =
  | { kind: 'options'; options: Record<string, unknown> }
  | { kind: 'wrong'; field: string; message: string };

/** Longer texts get more than a line. */
const LINE_MAX = 500;

export function fieldsOf(schema: JsonSchema): OptionField[] {
  return Object.entries(schema.properties ?? {}).map(([name, option]) => ({
    name,
    label: name.replaceAll('_', ' '),
    kind: kindOf(option),
    required: schema.required?.includes(name) ?? false,
    hint: hintOf(option),
    choices: option.enum?.map(String) ?? [],
    schema: option,
  }));
}

/**
 * The options' names in a form's errors.
 * @param part the member of the request that holds them
 */
export function optionLabels(
  fields: readonly OptionField[],
  part = 'agent_options',
): Record<string, string> {
  return Object.fromEntries(fields.map(({ name, label }) => [`${part}.${name}`, label]));
}

function kindOf(option: JsonSchema): OptionField['kind'] {
  if (option.enum) return 'choice';
  if (option.writeOnly) return 'secret';
  if (option.type === 'boolean') return 'boolean';
  if (option.type === 'number' || option.type === 'integer') return 'number';
  if (option.type === 'string') return (option.maxLength ?? 0) > LINE_MAX ? 'text' : 'line';
  if (option.type === 'array' && option.items?.type === 'string') return 'list';
  return 'json';
}

function hintOf(option: JsonSchema): string {
  const { description, minimum, maximum, default: initial } = option;
  const parts = [description?.replace(/([^.!?])$/, '$1.')];
  if (minimum !== undefined && maximum !== undefined) parts.push(`${minimum} to ${maximum}.`);
  if (initial !== undefined) parts.push(`Left empty: ${textOf(initial)}.`);
  return parts.filter(Boolean).join(' ');
}

/** Options as the content of the controls. The API never returns secrets, so their controls are empty. */
export function valuesOf(
  fields: readonly OptionField[],
  options: Readonly<Record<string, unknown>>,
): OptionValues {
  return Object.fromEntries(
    fields.map(({ name, kind, schema }) => {
      const value = options[name];
      if (kind === 'boolean') return [name, Boolean(value ?? schema.default ?? false)];
      if (value === undefined) return [name, ''];
      if (kind === 'list') return [name, Array.isArray(value) ? value.join('\n') : ''];
      return [name, kind === 'json' ? JSON.stringify(value, null, 2) : textOf(value)];
    }),
  );
}

/** The content of the controls as options. Empty controls are left out. */
export function readOptions(fields: readonly OptionField[], values: OptionValues): ReadOptions {
  const options: Record<string, unknown> = {};
  for (const { name, kind, schema } of fields) {
    const value = values[name] ?? '';
    if (typeof value === 'boolean') {
      if (value !== (schema.default ?? false)) options[name] = value;
    } else if (value.trim() !== '') {
      if (kind === 'json') {
        const parsed = parse(value);
        if (parsed === undefined) return { kind: 'wrong', field: name, message: 'is not JSON' };
        options[name] = parsed;
      } else if (kind === 'list') {
        options[name] = linesOf(value);
      } else if (kind === 'number') {
        options[name] = Number(value);
      } else {
        options[name] = value;
      }
    }
  }
  return { kind: 'options', options };
}

/** Entries are separated by line breaks or commas. */
function linesOf(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter(Boolean);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
