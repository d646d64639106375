import type { VersionChange, WorkflowVersion } from '../api/types.js';
import { WORKFLOW_LABELS } from './workflow-labels.js';

const LABELS: Readonly<Record<string, string>> = {
  ...WORKFLOW_LABELS,
  agent_options: 'Options',
  routes: 'Routes',
};

/** A field of a workflow by its label: `agent_options.steps.menu` is `Steps › menu`. */
export function fieldWords(field: string): string {
  const [first = '', ...inside] = field.split('.');
  if (first !== 'agent_options') return [LABELS[first] ?? first, ...inside].join(' › ');
  const [option, ...deeper] = inside;
  if (option === undefined) return LABELS[first] ?? first;
  const name = option.replaceAll('_', ' ');
  return [name.charAt(0).toUpperCase() + name.slice(1), ...deeper].join(' › ');
}

/** What a field held, for people; null: nothing to show. */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')) {
    return value.join(', ');
  }
  if (Array.isArray(value) && value.length === 0) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** What a version is about, in a line. */
export function versionWords({
  changed,
  restored_from: restored,
  version,
}: WorkflowVersion): string {
  const fields = changed.map(fieldWords).join(', ');
  if (restored !== null) return `Version ${restored} restored: ${fields}`;
  if (changed.length > 0) return `Changed: ${fields}`;
  return version === 1 ? 'Made' : 'As it was found';
}

/** Who made it. */
export function authorWords({ made_by: by }: WorkflowVersion): string {
  if (by === null) return 'before versions were kept, or by an earlier release';
  return by.key_name === null ? `with key ${by.key_id}` : `with the key “${by.key_name}”`;
}

export const CHANGE_WORDS: Readonly<Record<VersionChange['kind'], string>> = {
  added: 'added',
  removed: 'removed',
  changed: 'changed',
};
