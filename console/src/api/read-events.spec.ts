import { describe, expect, it } from '@jest/globals';
import { readEvents } from './read-events.js';

const TEXT =
  'retry: 1000\n\n: still here\n\nevent: call\nid: 7\ndata: {"a":\ndata: "ü"}\n\ndata: x\n\n';
const EVENTS = [{ event: 'call', id: '7', data: '{"a":\n"ü"}' }, { data: 'x' }];

/** The events of a stream that comes in pieces of so many bytes, each of which is a sign of life. */
async function read(text: string, size: number): Promise<unknown[]> {
  const bytes = new TextEncoder().encode(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
  const events: unknown[] = [];
  let lives = 0;
  const body = new ReadableStream({
    start: (stream) => {
      for (const piece of pieces) stream.enqueue(piece);
      stream.close();
    },
  });
  await readEvents(
    new Response(body),
    ({ event, id, data }) => events.push(JSON.parse(JSON.stringify({ event, id, data }))),
    () => (lives += 1),
  );
  expect(lives).toBe(pieces.length);
  return events;
}

describe('server-sent events', () => {
  it.each([1, 2, 3, 7, 1_000])('are put together from pieces of %i bytes', async (size) => {
    expect(await read(TEXT, size)).toEqual(EVENTS);
    expect(await read(TEXT.replaceAll('\n', '\r\n'), size)).toEqual(EVENTS);
  });

  it('are not told before they are complete', async () => {
    expect(await read('data: half', 1_000)).toEqual([]);
    expect(await read('data: half\n\n', 1_000)).toEqual([{ data: 'half' }]);
  });
});
