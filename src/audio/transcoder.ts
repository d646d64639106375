import type { AudioFormat } from './audio-format.js';
export function hearingAs(_format: AudioFormat): (mulaw: Buffer) => Buffer {
  return (mulaw) => mulaw;
}
export function speakingAs(_format: AudioFormat): {
  write(chunk: Buffer): Buffer;
  flush(): Buffer;
} {
  return { write: (chunk) => chunk, flush: () => Buffer.alloc(0) };
}
