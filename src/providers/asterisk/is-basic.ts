import { createHash, timingSafeEqual } from 'node:crypto';
import { basic } from '../basic.js';

/** Whether a header holds exactly these. Takes the same time whatever is wrong. */
export function isBasic(header: string, username: string, password: string): boolean {
  return timingSafeEqual(digest(header), digest(basic(username, password)));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
