import { describe, expect, it } from '@jest/globals';
import { readOptions, UsageError } from './options.js';

const args = (text: string): string[] => text.split(' ').filter(Boolean);

describe('the options of talk', () => {
  it('have steps and expectations in the order given', () => {
    const text =
      'menu.json --keys 1 --say hi.wav --keys #2 --expect-fact a=b=c --expect-end agent_hangup';
    expect(readOptions(args(text))).toEqual({
      workflow: 'menu.json',
      steps: [
        { kind: 'keys', keys: '1' },
        { kind: 'say', file: 'hi.wav' },
        { kind: 'keys', keys: '#2' },
      ],
      expectations: [
        { kind: 'fact', name: 'a', value: 'b=c' },
        { kind: 'end', reason: 'agent_hangup' },
      ],
      pauseMs: 1_000,
      waitMs: 5_000,
      maxSeconds: 120,
      out: 'talk',
      url: null,
    });
  });

  it('take sounds, words, times and the name of the files', () => {
    const text =
      'Echo --expect hello --expect-sound a.wav --pause-ms 300 --wait-ms 900 --max-seconds 9 --out o/x --url http://127.0.0.1:8000/';
    expect(readOptions(args(text))).toMatchObject({
      expectations: [
        { kind: 'text', text: 'hello' },
        { kind: 'sound', file: 'a.wav' },
      ],
      pauseMs: 300,
      waitMs: 900,
      maxSeconds: 9,
      out: 'o/x',
      url: 'http://127.0.0.1:8000',
    });
    expect(readOptions(['--help'])).toBe('help');
  });

  it.each([
    '',
    'Echo Welcome',
    'Echo --keys 12x',
    'Echo --expect-fact keys',
    'Echo --expect-fact =2',
    'Echo --pause-ms 0',
    'Echo --max-seconds 3601',
    'Echo --sing',
    'Echo --say',
  ])('refuse “%s”', (text) => {
    expect(() => readOptions(args(text))).toThrow(UsageError);
  });
});
