import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Kept of each run; the documentation's own only when asked to, as they differ each time. */
const PICTURES =
  process.env['UPDATE_PICTURES'] === '1'
    ? join(process.cwd(), 'docs', 'pictures')
    : join(process.cwd(), 'coverage', 'pictures');

export function pictureFile(name: string): string {
  mkdirSync(PICTURES, { recursive: true });
  return join(PICTURES, `${name}.png`);
}
