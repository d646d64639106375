import { describe, expect, it } from '@jest/globals';
import {
  blameOfStatus,
  describe as inWords,
  dialFailure,
  failureWithout,
  NOT_THEIRS,
  throttled,
  unanswered,
} from './api-failure.js';

const NOW = new Date('2026-11-01T12:00:00Z');
const REFUSED = { kind: 'refused', status: 400, code: 21_211, message: 'bad' } as const;
const THROTTLED = { kind: 'throttled', retryAfterSeconds: 1 } as const;
const UNREACHABLE = { kind: 'unreachable', message: 'cannot be reached' } as const;

describe('a failure in words', () => {
  it.each([
    [REFUSED, 'HTTP 400, 21211: bad'],
    [{ kind: 'refused', status: 400, message: 'bad' } as const, 'HTTP 400: bad'],
    [THROTTLED, 'HTTP 429: the carrier takes no more requests'],
    [UNREACHABLE, 'cannot be reached'],
    [unanswered(null, 'timeout'), 'timeout'],
    [unanswered(502), `HTTP 502, ${NOT_THEIRS}`],
  ])('%j', (failure, words) => {
    expect(inWords(failure)).toBe(words);
  });
});

describe('a request without a reply', () => {
  it('may have been carried out where it was sent', () => {
    expect(failureWithout({ kind: 'lost', message: 'no reply (timeout)' })).toEqual({
      kind: 'unanswered',
      status: null,
      message: 'no reply (timeout)',
    });
  });

  it('was not carried out where nobody was reached', () => {
    expect(failureWithout(UNREACHABLE)).toEqual(UNREACHABLE);
  });
});

describe('a dial that was not accepted', () => {
  const dialled = (failure: Parameters<typeof dialFailure<typeof REFUSED>>[0]) =>
    dialFailure(failure, ({ code, status }) => ({
      blame: blameOfStatus(status),
      code: String(code),
    }));

  it('is rejected where the carrier refuses', () => {
    expect(dialled(REFUSED)).toEqual({
      kind: 'rejected',
      blame: 'request',
      code: '21211',
      message: 'bad',
      httpStatus: 400,
    });
  });

  it('is unknown where it may have been carried out', () => {
    const unknown = { kind: 'unknown', message: `HTTP 502, ${NOT_THEIRS}`, httpStatus: 502 };
    expect(dialled(unanswered(502))).toEqual(unknown);
  });

  it.each([THROTTLED, UNREACHABLE])('is as it was where nothing was done: $kind', (failure) => {
    expect(dialled(failure)).toEqual(failure);
  });
});

describe('the pause of a carrier that takes no more requests', () => {
  const date = new Date(NOW.getTime() + 7_000).toUTCString();

  it.each([
    ['in seconds', { 'retry-after': '3' }, 3],
    ['until a date, by our clock', { 'retry-after': date }, 7],
    // The carrier's clock is five seconds ahead.
    [
      'until a date, by the clock of the carrier',
      { 'retry-after': date, date: new Date(NOW.getTime() + 5_000).toUTCString() },
      2,
    ],
    ['that is not told', {}, null],
  ])('%s', (_, headers, retryAfterSeconds) => {
    expect(throttled(headers, NOW)).toEqual({ kind: 'throttled', retryAfterSeconds });
  });
});

describe('whose fault a refused dial is by its status', () => {
  it.each([
    [400, 'request'],
    [401, 'account'],
    [402, 'account'],
    [403, 'account'],
    [404, 'account'],
    [422, 'request'],
  ])('%i: %s', (status, blame) => {
    expect(blameOfStatus(status)).toBe(blame);
  });
});
