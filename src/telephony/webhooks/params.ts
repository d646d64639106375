import type { FormFields } from '../../providers/ingress.js';
import type { RunIds } from '../../urls/call-urls.js';

const POSITIVE = /^[1-9]\d{0,15}$/;

/** A positive safe integer in plain digits, as ids are written in URLs; null for anything else. */
export function parseId(text: string): number | null {
  if (!POSITIVE.test(text)) return null;
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : null;
}

const ID_NAMES = ['workflow_id', 'user_id', 'workflow_run_id'] as const;

/**
 * The three ids of an answer URL: all of them, none (`null`: an inbound call), or a text that says
 * what is wrong.
 */
export function answerIds(query: FormFields): RunIds | null | string {
  const values = ID_NAMES.map((name) => query.filter(([key]) => key === name).map(([, v]) => v));
  if (values.every((list) => list.length === 0)) return null;
  const ids: number[] = [];
  for (const [index, list] of values.entries()) {
    const name = ID_NAMES[index] ?? '';
    if (list.length !== 1) return list.length === 0 ? `${name} is missing` : `${name} is repeated`;
    const id = parseId(list[0] ?? '');
    if (id === null) return `${name} must be a positive integer`;
    ids.push(id);
  }
  const [workflowId = 0, userId = 0, runId = 0] = ids;
  return { workflowId, userId, runId };
}
