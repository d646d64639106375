import { m } from '../messages/all.js';
import { linesOf, objectOf, textIn, type OptionRow, type OptionRows } from './option-values.js';

/** What an argument of a tool can be, in words. */
export const PARAMETER_KINDS = {
  text: m.options.text,
  number: m.options.number,
  integer: m.options.wholeNumber,
  boolean: m.options.yesOrNo,
  choice: m.options.oneOfSomeWords,
  list: m.options.listOfTexts,
  other: m.options.somethingElseAsItIs,
} as const;
export type ParameterKind = keyof typeof PARAMETER_KINDS;

type Schema = Readonly<Record<string, unknown>>;

/** How each kind is written; the rest of the argument's schema stays as it is. */
const WRITTEN: Record<ParameterKind, (choices: string[]) => Schema> = {
  text: () => ({ type: 'string' }),
  number: () => ({ type: 'number' }),
  integer: () => ({ type: 'integer' }),
  boolean: () => ({ type: 'boolean' }),
  choice: (choices) => ({ type: 'string', enum: choices }),
  list: () => ({ type: 'array', items: { type: 'string' } }),
  other: () => ({}),
};

export const NEW_PARAMETER: OptionRow = {
  values: { name: '', kind: 'text', required: true, description: '', choices: '' },
  others: {},
};

/** A JSON schema of arguments as rows, one for each argument. What the rows cannot say is kept. */
export function parametersOf(schema: Schema): OptionRows {
  const { type, properties, required, ...others } = schema;
  const needed = Array.isArray(required) ? required : [];
  const rows = Object.entries(objectOf(properties)).map(([name, property]) =>
    rowOf(name, objectOf(property), needed.includes(name)),
  );
  return { rows, others: type === undefined || type === 'object' ? others : { ...others, type } };
}

/** Undefined: there are no arguments. */
export function readParameters({ rows, others }: OptionRows): Schema | undefined {
  if (rows.length === 0 && Object.keys(others).length === 0) return undefined;
  const named = rows.map((row) => [textIn(row.values['name']).trim(), row] as const);
  const required = named.filter(([, { values }]) => values['required'] === true);
  return {
    type: 'object',
    properties: Object.fromEntries(named.map(([name, row]) => [name, propertyOf(row)])),
    ...(required.length === 0 ? {} : { required: required.map(([name]) => name) }),
    ...others,
  };
}

function rowOf(name: string, property: Schema, required: boolean): OptionRow {
  const kind = kindOf(property);
  const { description = '', ...shape } = property;
  const choices = kind === 'choice' ? (property['enum'] as string[]).join('\n') : '';
  const written = new Set(Object.keys(WRITTEN[kind]([])));
  const others = Object.entries(shape).filter(([member]) => !written.has(member));
  return {
    values: { name, kind, required, description: String(description), choices },
    others: Object.fromEntries(others),
  };
}

function propertyOf({ values, others }: OptionRow): Schema {
  const { kind, description, choices } = values;
  const known = (typeof kind === 'string' && kind in WRITTEN ? kind : 'other') as ParameterKind;
  return {
    ...WRITTEN[known](linesOf(textIn(choices))),
    ...(description === '' ? {} : { description }),
    ...others,
  };
}

function kindOf({ type, enum: choices, items }: Schema): ParameterKind {
  const isWords = Array.isArray(choices) && choices.every((one) => isWord(one));
  switch (type) {
    case 'string':
      if (choices === undefined) return 'text';
      return isWords ? 'choice' : 'other';
    case 'number':
    case 'integer':
    case 'boolean':
      return choices === undefined ? type : 'other';
    case 'array':
      return JSON.stringify(items) === '{"type":"string"}' ? 'list' : 'other';
    default:
      return 'other';
  }
}

/** One that survives a list of lines. */
function isWord(choice: unknown): boolean {
  return (
    typeof choice === 'string' && linesOf(choice)[0] === choice && linesOf(choice).length === 1
  );
}
