import { describe, expect, it, test } from '@jest/globals';
import { failureIn, failureOf, RequestFailed } from './failure.js';

const NOW = new Date('2026-11-23T12:00:00Z');

const reply = (statusCode: number, body: unknown, headers: Record<string, string> = {}) => ({
  statusCode,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers,
});

describe('when to try again', () => {
  it('is read from a 429; a date is read by the clock that wrote it', () => {
    const words = { code: 20_429, message: 'Too Many Requests', status: 429 };
    expect(failureIn(reply(429, words, { 'retry-after': '3' }), NOW)).toEqual({
      kind: 'throttled',
      retryAfterSeconds: 3,
    });
    expect(failureIn(reply(429, words), NOW)).toEqual({
      kind: 'throttled',
      retryAfterSeconds: null,
    });
    const headers = {
      date: 'Mon, 23 Nov 2026 13:00:00 GMT',
      'retry-after': 'Mon, 23 Nov 2026 13:00:05 GMT',
    };
    expect(failureIn(reply(429, words, headers), NOW)).toEqual({
      kind: 'throttled',
      retryAfterSeconds: 5,
    });
  });
});

describe('who wrote a reply', () => {
  test.each([200, 201, 204, 299])('%i is no failure', (status) => {
    expect(failureIn(reply(status, ''), NOW)).toBeNull();
  });

  test.each([400, 401, 403, 404, 499])('%i with a code of Twilio’s is its refusal', (status) => {
    expect(failureIn(reply(status, { code: 20_404, message: 'no +14155552671' }), NOW)).toEqual({
      kind: 'refused',
      status,
      code: 20_404,
      message: 'no [number]',
    });
  });

  test.each([
    ['HTML', '<html>Forbidden</html>'],
    ['nothing', ''],
    ['JSON that is no object', '[20404]'],
    ['null', 'null'],
    ['no code', { message: 'Forbidden', status: 403 }],
    ['its HTTP status for a code', { code: 403, message: 'Forbidden' }],
    ['a code just below Twilio’s', { code: 9_999 }],
    ['a code that is a text', { code: '20404' }],
    ['a code that is no whole number', { code: 20_404.5 }],
  ])('a refusal with %s is nobody’s', (_, body) => {
    for (const status of [400, 401, 403, 404, 408, 429, 451]) {
      expect(failureIn(reply(status, body), NOW)).toEqual({
        kind: 'unanswered',
        status,
        message: "not the carrier's answer",
      });
    }
  });

  test('the lowest code of Twilio’s counts', () => {
    expect(failureIn(reply(400, { code: 10_000 }), NOW)).toMatchObject({
      kind: 'refused',
      message: 'no reason given',
    });
  });

  test.each([100, 199, 301, 302, 500, 502, 503])(
    '%i tells nothing, even in Twilio’s words',
    (status) => {
      expect(failureIn(reply(status, { code: 20_500, message: 'oops' }), NOW)).toEqual({
        kind: 'unanswered',
        status,
        message: '20500: oops',
      });
    },
  );
});

describe('the failure behind an error', () => {
  test('is the one that it carries', () => {
    const failure = { kind: 'unanswered', status: 502, message: 'x' } as const;
    expect(failureOf(new RequestFailed(failure))).toBe(failure);
  });

  test('what the client cannot read is no answer', () => {
    expect(failureOf(new SyntaxError('Unexpected token'))).toEqual({
      kind: 'unanswered',
      status: null,
      message: 'the reply makes no sense',
    });
  });
});
