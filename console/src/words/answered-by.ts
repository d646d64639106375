import { m } from '../messages/all.js';
import { byCode } from '../messages/fill.js';

/** Who answered, as the carrier found out: `human`, `machine_start`, `fax` … */
export function answeredByText(code: string): string {
  return byCode(m.call.answeredByWhom, code) ?? code.replaceAll('_', ' ');
}
