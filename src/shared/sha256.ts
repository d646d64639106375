import { hash } from 'node:crypto';

/** SHA-256 in hex, of the bytes or of the text in UTF-8. */
export function sha256(content: string | Buffer): string {
  return hash('sha256', content, 'hex');
}
