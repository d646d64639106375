import { ApiProblem } from '../api/http.js';
import { fill } from '../messages/fill.js';
import { m } from '../messages/first.js';

export interface FieldError {
  /** The field's name in the API, e.g. `to` or `agent_options.url`. */
  field: string;
  /** What is wrong, as text that follows the field's name. */
  message: string;
}

/** What a form finds wrong by itself, before it sends a request. */
export class FieldErrors extends Error {
  constructor(readonly errors: readonly FieldError[]) {
    super(errors.map(({ field, message }) => `${field} ${message}.`).join(' '));
    this.name = 'FieldErrors';
  }
}

/** The fields that an error names; empty if it is about something else. */
export function fieldErrorsOf(error: unknown): readonly FieldError[] {
  return error instanceof ApiProblem || error instanceof FieldErrors ? error.errors : [];
}

export interface Trouble {
  /** A sentence for each wrong field of the form, by the field's name in the API. */
  at: Readonly<Record<string, string>>;
  /** The errors that belong to no field of the form; null: none. */
  rest: unknown;
}

/**
 * Sorts an error by the fields of a form.
 * @param labels of the form's fields, by their names in the API
 */
export function troubleOf(error: unknown, labels: Readonly<Record<string, string>>): Trouble {
  const errors = fieldErrorsOf(error);
  if (errors.length === 0) return { at: {}, rest: error ?? null };
  const at: Record<string, string> = {};
  const others: FieldError[] = [];
  for (const one of errors) {
    const { field, message } = withOption(one);
    // An entry of a list is named by the list.
    const label = labels[field] ?? labels[field.replace(/(\.\d+)+$/, '')];
    if (label === undefined) others.push(one);
    else
      at[field.replace(/(\.\d+)+$/, '')] ??= sentence(
        label,
        withLabels(bare(field, message), labels),
      );
  }
  if (others.length === errors.length) return { at, rest: error };
  return { at, rest: others.length === 0 ? null : new FieldErrors(others) };
}

/** The API reports an agent's options as one field, with the option's name in the message. */
function withOption({ field, message }: FieldError): FieldError {
  if (field !== 'agent_options') return { field, message };
  const missing = /^must have required property '([^']+)'$/.exec(message)?.[1];
  if (missing) return { field: `agent_options.${missing}`, message: m.shell.isMissing };
  const option = /^(\w+)\b/.exec(message)?.[1] ?? '';
  return { field: `agent_options.${option}`, message };
}

/** The message without the field's own name, with which many messages begin. */
function bare(field: string, message: string): string {
  const names = [field, field.replace(/^.*\./, '')];
  const name = names.find((one) => message.startsWith(`${one} `));
  return name === undefined ? message : message.slice(name.length + 1);
}

/** Names other fields as the form names them. */
function withLabels(message: string, labels: Readonly<Record<string, string>>): string {
  return message.replace(/"(\w+)"/g, (whole, name: string) => {
    const label = labels[name];
    return label === undefined ? whole : `“${short(label)}”`;
  });
}

function sentence(label: string, message: string): string {
  const told = fill(m.shell.fieldError, { label: short(label), message });
  const text = `${told}${/[.!?]$/.test(message) ? '' : '.'}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A label without its instructions for filling in the field. */
function short(label: string): string {
  return label.split(',', 1)[0] ?? label;
}
