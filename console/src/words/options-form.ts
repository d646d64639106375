import type { JsonSchema } from '../api/types.js';
import { inSentence } from '../messages/in-sentence.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { choicesOf, choiceTitle, suggestionsOf, type OptionChoice } from './option-choices.js';
import {
  linesOf,
  objectOf,
  rowsIn,
  textOf,
  type OptionRow,
  type OptionValue,
  type OptionValues,
} from './option-values.js';
import { schemaTitle } from './schema-title.js';
import { parametersOf, readParameters } from './parameters-form.js';

/** How one option of an agent, or one setting of an account, is entered. */
export interface OptionField {
  name: string;
  label: string;
  kind: OptionKind;
  required: boolean;
  hint: string;
  /** Of a choice: what there is. Of a line: what is suggested, beside any other text. */
  choices: OptionChoice[];
  /** Of each entry of a list of objects. */
  fields: OptionField[];
  schema: JsonSchema;
}

/**
 * - `choice`: one of a few; `sound`: the name of a sound; `list`: texts, one on each line
 * - `entries`: objects of the same fields; `pairs`: texts by names; `parameters`: a JSON schema of arguments
 * - `json`: whatever else there is
 */
export type OptionKind =
  | 'line'
  | 'sound'
  | 'text'
  | 'secret'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'list'
  | 'entries'
  | 'pairs'
  | 'parameters'
  | 'json';

export type ReadOptions =
  | { kind: 'options'; options: Record<string, unknown> }
  | { kind: 'wrong'; field: string; message: string };

/** Longer texts get more than a line. */
const LINE_MAX = 500;

export function fieldsOf(schema: JsonSchema): OptionField[] {
  return Object.entries(schema.properties ?? {}).map(([name, option]) => ({
    name,
    label: labelOf(name, option),
    kind: kindOf(option),
    required: schema.required?.includes(name) ?? false,
    hint: hintOf(option),
    choices: kindOf(option) === 'choice' ? choicesOf(option) : suggestionsOf(option),
    fields: fieldsOf(option.items ?? {}),
    schema: option,
  }));
}

/**
 * The options' names in a form's errors.
 * @param part the member of the request that holds them
 */
export function optionLabels(
  fields: readonly OptionField[],
  values: OptionValues = {},
  part = 'agent_options',
): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const field of fields) {
    const path = `${part}.${field.name}`;
    labels[path] = field.label;
    for (const [index, row] of rowsIn(values[field.name]).rows.entries()) {
      const inner = optionLabels(field.fields, row.values, `${path}.${index}`);
      for (const [name, label] of Object.entries(inner)) {
        const entry = inSentence(entryName(field));
        labels[name] = fill(m.options.ofEntry, { label, entry, index: index + 1 });
      }
    }
  }
  return labels;
}

/** What one entry of a list is called, such as `Tool`. */
export function entryName({ schema }: Pick<OptionField, 'schema'>): string {
  const title = schema.items?.title;
  return title === undefined ? m.options.entry : schemaTitle(title);
}

/** `Add a tool`, `Add an entry`. */
export function addWords(entry: string): string {
  const word = inSentence(entry);
  return fill(/^[aeiou]/.test(word) ? m.options.addAn : m.options.addA, { entry: word });
}

/** `max_calls` is `Max calls` where the schema has no title. */
export function labelOf(name: string, { title }: JsonSchema): string {
  const words = name.replaceAll('_', ' ');
  return title === undefined ? words.charAt(0).toUpperCase() + words.slice(1) : schemaTitle(title);
}

function kindOf(option: JsonSchema): OptionKind {
  if (choicesOf(option).length > 0) return 'choice';
  if (option.writeOnly) return 'secret';
  const { items, properties, additionalProperties: others } = option;
  switch (bareType(option)) {
    case 'boolean':
      return 'boolean';
    case 'number':
    case 'integer':
      return 'number';
    case 'string':
      if (option.format === 'sound') return 'sound';
      return (option.maxLength ?? 0) > LINE_MAX ? 'text' : 'line';
    case 'array':
      if (items?.type === 'string') return 'list';
      return items?.type === 'object' && items.properties ? 'entries' : 'json';
    case 'object':
      if (properties?.['properties'] && properties['required']) return 'parameters';
      return typeof others === 'object' && others.type === 'string' && !properties
        ? 'pairs'
        : 'json';
    default:
      return 'json';
  }
}

/** The only type beside null; empty: there are several, or none. */
function bareType({ type }: JsonSchema): string {
  const [only = '', ...more] = [type ?? []].flat().filter((one) => one !== 'null');
  return more.length === 0 ? only : '';
}

function mayBeNull({ type }: JsonSchema): boolean {
  return Array.isArray(type) && type.includes('null');
}

function hintOf(option: JsonSchema): string {
  const { description, minimum, maximum, default: initial } = option;
  const parts = [description?.replace(/([^.!?])$/, '$1.')];
  if (minimum !== undefined && maximum !== undefined)
    parts.push(fill(m.options.range, { minimum, maximum }));
  if (initial !== undefined)
    parts.push(fill(m.options.leftEmpty, { value: choiceTitle(option, initial) }));
  return parts.filter(Boolean).join(' ');
}

/** Options as the content of the controls. The API never returns secrets, so their controls are empty. */
export function valuesOf(
  fields: readonly OptionField[],
  options: Readonly<Record<string, unknown>>,
): OptionValues {
  return Object.fromEntries(
    fields.map((field) => [field.name, valueOf(field, options[field.name])]),
  );
}

function valueOf({ kind, schema, fields }: OptionField, value: unknown): OptionValue {
  switch (kind) {
    case 'boolean':
      return Boolean(value ?? schema.default ?? false);
    case 'entries':
      return {
        rows: Array.isArray(value) ? value.map((one) => rowOf(fields, one)) : [],
        others: {},
      };
    case 'pairs': {
      const pairs = Object.entries(objectOf(value));
      const rows = pairs.map(([name, text]) => ({
        values: { name, value: textOf(text) },
        others: {},
      }));
      return { rows, others: {} };
    }
    case 'parameters':
      return parametersOf(objectOf(value));
    case 'list':
      return Array.isArray(value) ? value.join('\n') : '';
    case 'json':
      return value === undefined ? '' : JSON.stringify(value, null, 2);
    case 'line':
    case 'sound':
    case 'text':
    case 'secret':
    case 'number':
    case 'choice':
      return value === undefined ? '' : textOf(value);
    default:
      return kind satisfies never;
  }
}

function rowOf(fields: readonly OptionField[], value: unknown): OptionRow {
  const entry = objectOf(value);
  const known = new Set(fields.map(({ name }) => name));
  const others = Object.entries(entry).filter(([name]) => !known.has(name));
  return { values: valuesOf(fields, entry), others: Object.fromEntries(others) };
}

/** The content of the controls as options. Empty controls are left out. */
export function readOptions(fields: readonly OptionField[], values: OptionValues): ReadOptions {
  const options: Record<string, unknown> = {};
  for (const field of fields) {
    const { name } = field;
    const value = values[name] ?? '';
    if (field.kind === 'entries') {
      const entries: unknown[] = [];
      for (const [index, row] of rowsIn(value).rows.entries()) {
        const read = readOptions(field.fields, row.values);
        if (read.kind === 'wrong') return { ...read, field: `${name}.${index}.${read.field}` };
        entries.push({ ...row.others, ...read.options });
      }
      if (entries.length > 0) options[name] = entries;
      continue;
    }
    const twice = twiceIn(field, value);
    if (twice !== undefined) {
      return { kind: 'wrong', field: name, message: fill(m.options.hasMoreThanOnce, { twice }) };
    }
    const read = readValue(field, value);
    if (read === NOT_JSON) return { kind: 'wrong', field: name, message: m.options.isNotJson };
    if (read !== undefined) options[name] = read;
  }
  return { kind: 'options', options };
}

/** A name that two rows have, of which only one could be kept. */
function twiceIn({ kind }: OptionField, value: OptionValue): string | undefined {
  if (kind !== 'parameters' && kind !== 'pairs') return undefined;
  const names = rowsIn(value).rows.map(({ values }) => textOf(values['name']).trim());
  return names.find((name, index) => names.indexOf(name) < index);
}

const NOT_JSON = Symbol('not JSON');

/** Undefined: the option is left out. */
function readValue({ kind, schema, choices }: OptionField, value: OptionValue): unknown {
  if (kind === 'parameters') return readParameters(rowsIn(value));
  if (kind === 'pairs') {
    const pairs = rowsIn(value).rows.map(
      ({ values }) => [textOf(values['name']).trim(), values['value']] as const,
    );
    return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
  }
  if (typeof value === 'boolean') return value === (schema.default ?? false) ? undefined : value;
  if (typeof value === 'object' || value.trim() === '') return undefined;
  if (mayBeNull(schema) && value.trim() === 'null') return null;
  if (kind === 'json') return parse(value);
  if (kind === 'list') return linesOf(value);
  if (kind === 'choice') return choices.find(({ text }) => text === value)?.value ?? value;
  return kind === 'number' ? Number(value) : value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return NOT_JSON;
  }
}
