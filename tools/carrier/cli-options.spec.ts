import { describe, expect, it } from '@jest/globals';
import { mulawToWav } from './media/wav.js';
import { HELP, readCommandLine, UsageError } from './cli-options.js';

const read = (line: string, environment: Record<string, string> = {}) =>
  readCommandLine(line === '' ? [] : line.split(' '), environment, (path) =>
    path === 'a.wav' ? mulawToWav(Buffer.alloc(160, 0x55)) : Buffer.from('pem'),
  );

describe('the command line', () => {
  it('may be empty', () => {
    expect(read('')).toEqual({ numbers: [{ phoneNumber: '+15005550006' }], behaviour: {} });
  });

  it('is read into options', () => {
    const sid = `AC${'0'.repeat(32)}`;
    expect(
      read(
        '--number +12025550100 --number +12025550101 --voice-url https://p.internal/v --port 9000 ' +
          '--map https://p.internal=http://127.0.0.1:8000 --behaviour no-answer --ring-ms 50 ' +
          '--callbacks late,doubled,shuffled,dropped --wav a.wav --seed 7 --allow-plain-http',
        {
          CARRIER_AUTH_TOKEN: 'secret',
          CARRIER_ACCOUNT_SID: sid,
          CARRIER_API_KEY: `SK${'1'.repeat(32)}:its-secret`,
        },
      ),
    ).toEqual({
      accountSid: sid,
      authToken: 'secret',
      apiKeys: [{ sid: `SK${'1'.repeat(32)}`, secret: 'its-secret', kind: 'standard' }],
      numbers: [
        { phoneNumber: '+12025550100', voiceUrl: 'https://p.internal/v' },
        { phoneNumber: '+12025550101', voiceUrl: 'https://p.internal/v' },
      ],
      port: 9000,
      originMap: { 'https://p.internal': 'http://127.0.0.1:8000' },
      allowPlainHttp: true,
      seed: 7,
      behaviour: {
        outcome: 'no-answer',
        ringMs: 50,
        audio: { mulaw: Buffer.alloc(160, 0x55) },
        callbacks: { delayMs: [100, 3000], doubled: true, shuffled: true, dropped: 0.2 },
      },
    });
  });

  it.each([
    '--behaviour sulk',
    '--port many',
    '--port 70000',
    '--wav key.pem',
    '--map https://p.internal',
    '--map p=q',
    '--number 12',
    '--callbacks lost',
    '--account-sid AC1',
    '--api-key SK1:secret',
    `--api-key SK${'1'.repeat(32)}:`,
    '--unknown',
    'surplus',
  ])('with %s is a mistake', (line) => {
    expect(() => read(line)).toThrow(UsageError);
  });

  it('documents every option', () => {
    expect(read('--help')).toBe('help');
    for (const name of ['map', 'connect-to', 'callbacks', 'seed', 'list-lag-ms']) {
      expect(HELP).toContain(`--${name} `);
    }
  });
});
