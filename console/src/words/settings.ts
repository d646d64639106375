import type { Setting } from '../api/system-types.js';

/** What stands in the place of a value that is not shown, or that there is not. */
export function settingText({
  set,
  secret,
  absent,
}: Pick<Setting, 'set' | 'secret' | 'absent'>): string {
  if (set && secret) return 'set, and not shown';
  return absent === null ? 'not set' : `not set: ${absent}`;
}
