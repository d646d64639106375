import { describe, expect, it } from '@jest/globals';
import { play } from './play.js';

describe('what the caller heard', () => {
  it('is played by the first player that is there and can', async () => {
    const absent = ['no-such-player'] as const;
    const failing = [process.execPath, '-e', 'process.exit(1)', '--'] as const;
    const playing = [
      process.execPath,
      '-e',
      'process.exit(process.argv[1] === "heard.wav" ? 0 : 1)',
      '--',
    ] as const;
    expect(await play('heard.wav', [absent, failing, playing])).toBe(true);
    expect(await play('heard.wav', [absent, failing])).toBe(false);
    expect(await play('heard.wav', [])).toBe(false);
  });
});
