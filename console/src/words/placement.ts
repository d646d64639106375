/** What stands in the form that places a call; empty: not given. */
export interface Placement {
  workflowId: string;
  to: string;
  from: string;
  context: string;
  ringSeconds: string;
  maxSeconds: string;
  machineDetection: string;
}

/** A number without what people write between its digits; an address, such as `sip:anna.smith@example.com`, as it is. */
export function bareNumber(text: string): string {
  return isAddress(text) ? text.trim() : text.replace(/[\s()./-]/g, '');
}

function isAddress(text: string): boolean {
  return /^\s*[a-z]+:/i.test(text);
}

/**
 * The body of `POST /api/v1/telephony/calls`.
 * @throws Error for a context that is no JSON object
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
    // Told below, like anything else that is no object.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('The context must be a JSON object, such as {"order": 7}.');
  }
  return value;
}
