import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SESSION_ENDS } from '../../src/calls/streams/live-sessions.js';
import { CloseCode } from '../../src/telephony/media/close-codes.js';

describe('docs/protocol.md', () => {
  const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

  it('has a row for every close code, under its name', () => {
    const rows = [...text.matchAll(/^\| (\d{4}) \| (\w+) /gm)].map(([, code, name]) => [
      name,
      Number(code),
    ]);
    const codes = Object.entries(CloseCode).filter(([name]) => Number.isNaN(Number(name)));
    expect(rows).toEqual(codes);
  });

  it('has a row for every cause by which a stream ends', () => {
    const [, after = ''] = text.split('\n| cause ');
    const [table = ''] = after.split('\n\n');
    const causes = [...table.matchAll(/^\| `([a-z-]+)` /gm)].map(([, cause]) => cause);
    expect(new Set(causes)).toEqual(new Set(SESSION_ENDS));
    expect(causes).toHaveLength(SESSION_ENDS.length);
  });
});
