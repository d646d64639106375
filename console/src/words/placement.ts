import type { Call } from '../api/types.js';
import { m } from '../messages/first.js';
import { FieldErrors } from './field-errors.js';

/** The content of the form that places a call; empty: not given. */
export interface Placement {
  workflowId: string;
  to: string;
  from: string;
  context: string;
  ringSeconds: string;
  maxSeconds: string;
  machineDetection: string;
}

/** A form that is empty, or has what a call was placed with, as far as that is known. */
export function placementOf(call: Call | null): Placement {
  const context = call?.context ?? {};
  const form = { from: '', ringSeconds: '', maxSeconds: '', machineDetection: '' };
  return {
    ...form,
    workflowId: call === null ? '' : String(call.workflow_id),
    // Of an erased call no number is known.
    to: call !== null && /^\+\d+$|^\w+:/.test(call.to) ? call.to : '',
    context: Object.keys(context).length === 0 ? '' : JSON.stringify(context, null, 2),
  };
}

/** A number without what people write between its digits. An address, such as `sip:anna.smith@example.com`, is unchanged. */
export function bareNumber(text: string): string {
  return isAddress(text) ? text.trim() : text.replace(/[\s()./-]/g, '');
}

function isAddress(text: string): boolean {
  return /^\s*[a-z]+:/i.test(text);
}

/**
 * The body of `POST /api/v1/telephony/calls`.
 * @throws FieldErrors for a context that is not a JSON object
 */
export function readPlacement(form: Placement): Record<string, unknown> {
  return {
    workflow_id: Number(form.workflowId),
    to: bareNumber(form.to),
    ...(form.from.trim() === '' ? {} : { from: bareNumber(form.from) }),
    ...(form.context.trim() === '' ? {} : { context: objectOf(form.context) }),
    ...(form.ringSeconds === '' ? {} : { ring_timeout_seconds: Number(form.ringSeconds) }),
    ...(form.maxSeconds === '' ? {} : { max_duration_seconds: Number(form.maxSeconds) }),
    ...(form.machineDetection === '' ? {} : { machine_detection: form.machineDetection }),
  };
}

function objectOf(text: string): unknown {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below, like everything else that is not an object.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldErrors([{ field: 'context', message: m.shell.mustBeAJsonObject }]);
  }
  return value;
}
