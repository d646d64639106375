import { describe, expect, it } from '@jest/globals';
import { backOffMs } from './back-off.js';
import { SseParser } from './sse-parser.js';

const TEXT =
  'retry: 1000\n\n: still here\n\nevent: call\nid: 7\ndata: {"a":\ndata: 1}\n\ndata: x\n\n';
const EVENTS = [
  { event: 'call', id: '7', data: '{"a":\n1}' },
  { event: 'message', id: null, data: 'x' },
];

describe('server-sent events', () => {
  it.each([1, 2, 3, 7, 1_000])('are put together from pieces of %i characters', (size) => {
    const parser = new SseParser();
    const events = [];
    for (let at = 0; at < TEXT.length; at += size)
      events.push(...parser.push(TEXT.slice(at, at + size)));
    expect(events).toEqual(EVENTS);
  });

  it('may have lines that end with CR LF', () => {
    expect(new SseParser().push(TEXT.replaceAll('\n', '\r\n'))).toEqual(EVENTS);
  });

  it('are not returned before they are complete', () => {
    const parser = new SseParser();
    expect(parser.push('data: half')).toEqual([]);
    expect(parser.push('\n\n')).toEqual([{ event: 'message', id: null, data: 'half' }]);
  });
});

describe('the pause before the next attempt', () => {
  it('grows to twenty seconds, and is spread over its second half', () => {
    expect([1, 2, 3, 4, 9, 99].map((failures) => backOffMs(failures, 1))).toEqual([
      500, 1_000, 2_000, 4_000, 20_000, 20_000,
    ]);
    expect(backOffMs(3, 0)).toBe(1_000);
  });
});
