import type { Setting } from '../api/system-types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';

/** What stands in the place of a value that is not shown, or that there is not. */
export function settingText({
  set,
  secret,
  absent,
}: Pick<Setting, 'set' | 'secret' | 'absent'>): string {
  if (set && secret) return m.system.setAndNotShown;
  return absent === null ? m.system.notSet : fill(m.system.notSetBut, { absent });
}
