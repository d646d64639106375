import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { WebSocket } from 'ws';
import { frameSender } from './frame-sender.js';

/** What goes onto the wire for a text of so many bytes, and what is left to the library. */
function sent(bytes: number, readyState = 1): { head: number[]; length: number; left: number[] } {
  const wire = new PassThrough({ highWaterMark: 1024 * 1024 });
  const left: number[] = [];
  const socket = { readyState, OPEN: 1, send: (text: string) => left.push(text.length) };
  frameSender(socket as unknown as WebSocket, wire)('x'.repeat(bytes));
  const written = (wire.read() as Buffer | null) ?? Buffer.alloc(0);
  const body = written.toString('latin1').replace(/^[^x]*/, '');
  return {
    head: [...written.subarray(0, written.length - body.length)],
    length: body.length,
    left,
  };
}

// RFC 6455, section 5.2.
describe('a text message', () => {
  test.each([0, 1, 125])('of %d bytes has its length in the second byte', (bytes) => {
    expect(sent(bytes)).toEqual({ head: [0x81, bytes], length: bytes, left: [] });
  });

  test.each([126, 127, 65_535])('of %d bytes has it in the two bytes behind', (bytes) => {
    const head = [0x81, 126, bytes >> 8, bytes & 0xff];
    expect(sent(bytes)).toEqual({ head, length: bytes, left: [] });
  });

  test('that is longer is left to the library', () => {
    expect(sent(65_536)).toEqual({ head: [], length: 0, left: [65_536] });
  });

  test('is not sent once the socket closes', () => {
    expect(sent(3, 2)).toEqual({ head: [], length: 0, left: [] });
  });
});
