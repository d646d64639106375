import { statfs } from 'node:fs/promises';
import { down, up, warn, type Check } from '../check.js';

const MIB = 1024 * 1024;
const WARN_MIB = 1024;
const DOWN_MIB = 100;

/** Is there room for the store and for recordings? */
export const disk: Check = {
  name: 'disk',
  title: 'There is room on the disk',
  group: 'Set-up',
  async look({ store }) {
    const { bavail, blocks, bsize } = await statfs(store.dataDir);
    const freeMib = Math.floor((bavail * bsize) / MIB);
    const detail = { free_mib: freeMib, total_mib: Math.floor((blocks * bsize) / MIB) };
    const seen = `${freeMib} MiB are free where DATA_DIR is.`;
    if (freeMib >= WARN_MIB) return up(seen, detail);
    const fix =
      'Make room, or set RECORDING_RETENTION_DAYS: without room nothing can be written down, and calls fail.';
    return (freeMib < DOWN_MIB ? down : warn)(seen, fix, detail);
  },
};
