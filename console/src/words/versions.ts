import type { JsonSchema, VersionChange, WorkflowVersion } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { choiceTitle } from './option-choices.js';
import { labelOf } from './options-form.js';
import { WORKFLOW_LABELS } from './workflow-labels.js';

const LABELS: Readonly<Record<string, string>> = {
  ...WORKFLOW_LABELS,
  agent_options: m.versions.options,
  routes: m.versions.routes,
};

/** What was changed, as people know it. */
export interface FieldWords {
  /** Such as `Steps › menu › Sounds`. */
  label: string;
  /** What describes the field's values; empty: nothing is known. */
  schema: JsonSchema;
}

/**
 * A field of a workflow by its label: `agent_options.steps.menu.prompt` is `Steps › menu › Sounds`.
 * @param schemas of options, that of the workflow's agent first; the version may be of another agent
 */
export function fieldWords(field: string, schemas: readonly JsonSchema[] = []): FieldWords {
  const [first = '', ...inside] = field.split('.');
  const label = LABELS[first] ?? first;
  if (first !== 'agent_options') return { label: [label, ...inside].join(' › '), schema: {} };
  const [option] = inside;
  if (option === undefined) return { label, schema: {} };
  let schema = schemas.find(({ properties }) => Object.hasOwn(properties ?? {}, option)) ?? {
    properties: { [option]: {} },
  };
  const labels = inside.map((name) => {
    const member = memberOf(schema, name);
    schema = member.schema;
    return member.label;
  });
  return { label: labels.join(' › '), schema };
}

/** A member of an object by its label; one that people have named, such as a step or a tool, by that name. */
function memberOf({ properties, items, additionalProperties }: JsonSchema, name: string) {
  const known = Object.hasOwn(properties ?? {}, name) ? properties?.[name] : undefined;
  if (known) return { label: labelOf(name, known), schema: known };
  const others = typeof additionalProperties === 'object' ? additionalProperties : {};
  return { label: name, schema: items ?? others };
}

/** What a field held, for people, in lines; null: nothing to show. */
export function valueWords(value: unknown, schema: JsonSchema = {}): string {
  if (typeof value === 'boolean') return value ? m.versions.yes : m.versions.no;
  if (typeof value !== 'object' || value === null) {
    return value === null || value === undefined || value === ''
      ? m.versions.nothing
      : choiceTitle(schema, value);
  }
  const members = Object.entries(value);
  if (members.length === 0) return m.versions.nothing;
  if (!Array.isArray(value)) {
    return members.map(([name, one]) => memberLine(memberOf(schema, name), one)).join('\n');
  }
  const separator = value.some((one) => typeof one === 'object') ? '\n\n' : ', ';
  return value.map((one) => valueWords(one, schema.items)).join(separator);
}

function memberLine({ label, schema }: FieldWords, value: unknown): string {
  const words = valueWords(value, schema);
  const hasLines =
    Object.keys(Object(value)).length > 0 &&
    typeof value === 'object' &&
    (!Array.isArray(value) || words.includes('\n'));
  return hasLines ? `${label}:\n${words.replaceAll(/^(?=.)/gm, '  ')}` : `${label}: ${words}`;
}

/** What a version is about, in a line. @param schemas see {@link fieldWords} */
export function versionWords(
  { changed, restored_from: restored, version }: WorkflowVersion,
  schemas: readonly JsonSchema[] = [],
): string {
  const fields = changed.map((field) => fieldWords(field, schemas).label).join(', ');
  if (restored !== null) return fill(m.versions.versionRestored, { restored, fields });
  if (changed.length > 0) return fill(m.versions.changedFields, { fields });
  return version === 1 ? m.versions.made : m.versions.asItWasFound;
}

/** Who made it. */
export function authorWords({ made_by: by }: WorkflowVersion): string {
  if (by === null) return m.versions.beforeVersionsWereKeptOr;
  return by.key_name === null
    ? fill(m.versions.withKey, { keyId: by.key_id })
    : fill(m.versions.withTheKey, { keyName: by.key_name });
}

export const CHANGE_WORDS: Readonly<Record<VersionChange['kind'], string>> = {
  added: m.versions.added,
  removed: m.versions.removed,
  changed: m.versions.changed,
};
