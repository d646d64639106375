import type { CloseCode } from './close-codes.js';

/** Why a `start` is turned away. */
export interface StartRefusal {
  kind: 'refused';
  code: CloseCode;
  reason: string;
}

export function refused(code: CloseCode, reason: string): StartRefusal {
  return { kind: 'refused', code, reason };
}
