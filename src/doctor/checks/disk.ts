import { access, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf } from '../../shared/start-error.js';
import { down, up, warn, type Check, type Finding } from '../check.js';
import type { Examination } from '../examination.js';

const MIB = 1024 * 1024;
const WARN_MIB = 1024;
const DOWN_MIB = 100;

/** Is there room for the store and for recordings? */
export const disk: Check<Pick<Examination, 'store'>> = {
  name: 'disk',
  title: 'Room on the disk',
  group: 'Set-up',
  async look({ store }) {
    const { bavail, blocks, bsize } = await statfs(await nearestDirectory(store.dataDir));
    return judgeRoom(Math.floor((bavail * bsize) / MIB), Math.floor((blocks * bsize) / MIB));
  },
};

/** With PostgreSQL, DATA_DIR is made with the first recording. Until then its disk is that of the directory above. */
async function nearestDirectory(path: string): Promise<string> {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      await access(at);
      return at;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || at === dirname(at)) throw error;
    }
  }
}

export function judgeRoom(freeMib: number, totalMib: number): Finding {
  const detail = { free_mib: freeMib, total_mib: totalMib };
  const seen = `${freeMib} MiB are free on the disk of DATA_DIR.`;
  if (freeMib >= WARN_MIB) return up(seen, detail);
  const fix =
    'Make room, or set RECORDING_RETENTION_DAYS: without room nothing can be written down, and calls fail.';
  return (freeMib < DOWN_MIB ? down : warn)(seen, fix, detail);
}
