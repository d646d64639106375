import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const SCANNER = join(import.meta.dirname, 'scan-logs.mjs');
const CALL = `CA${'0123456789abcdef'.repeat(2)}`;
const HEX = 'fedcba9876543210'.repeat(2);

describe('the scan of all logs', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'patchbay-scan-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const scan = (...texts: string[]) => {
    const lines = texts.map((text) => JSON.stringify({ level: 'warn', event: 'a.b', text }));
    writeFileSync(join(directory, 'x.spec.ts.gateway.log'), `${lines.join('\n')}\n`);
    const { status, stderr } = spawnSync(process.execPath, [SCANNER, directory], {
      encoding: 'utf8',
    });
    return { status, told: stderr.trim().split('\n') };
  };

  it('finds every kind of leak, and names file and line without repeating it', () => {
    writeFileSync(join(directory, 'secrets'), 'hush-hush\n');
    const planted = [
      ['phone number', 'to +14155552671'],
      ['phone number', 'To=%2B14155552671'],
      ['phone number', 'value 14155552671 is out of range'],
      ['phone number', 'tel 4155552671'],
      ['name in an address', 'to sip:anna.smith@example.com'],
      ['credentials', 'got Bearer abcdefghijklmnop-123'],
      ['key', 'key pbk_abcdefgh12'],
      ['key', 'whsec_C2FVsBQIhrsc'],
      ['key', 'sk-proj-abcdefgh'],
      ['signature', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
      ['signature', `v1,${'aB3/'.repeat(10)}aB3=`],
      ['token', `token ${'aB3-'.repeat(10)}aB3`],
      ['auth token', `as ${HEX}`],
      ['password', 'postgres://u:p@db/x'],
      ['digits', 'Digits=12#'],
      ['secret of the test', 'say hush-hush'],
    ] as const;
    const { status, told } = scan(...planted.map(([, text]) => text));
    expect(status).toBe(1);
    planted.forEach(([kind, text], index) => {
      const place = `x.spec.ts.gateway.log:${index + 1}: ${kind} in a.b: `;
      expect(told.filter((line) => line.startsWith(place))).toHaveLength(1);
      expect(told.join('\n')).not.toContain(text);
    });
    expect(told.join('\n')).not.toMatch(/\d{7}|hush/);
    expect(told.at(-1)).toContain(`${planted.length} leaks in ${planted.length} lines`);
  });

  it('does not report the usual content of logs as a leak', () => {
    const { status, told } = scan(
      CALL,
      '2026-08-04T09:12:01.123+00:00 1785834721123 127.0.0.1:41555',
      'PORT must be a number such as +12025550100,+442079460000',
      'to [number], sip:[name]@example.com, Bearer [redacted], token=[redacted]',
      '123e4567-e89b-42d3-a456-426614174000',
      'wss://gw.example.com/api/v1/telephony/ws/1/1/1',
    );
    expect([status, told]).toEqual([
      0,
      ['Logs: 6 lines of 1 files hold no number, token, signature or key.'],
    ]);
  });

  it('recognizes the id of a trace, and accepts nothing else as one', () => {
    const line = (name: string): string => JSON.stringify({ event: 'a.b', [name]: HEX });
    writeFileSync(join(directory, 'a.log'), `${line('trace_id')}\n${line('other')}\n`);
    const { told } = scan();
    expect(told[0]).toMatch(/^a\.log:2: auth token in a\.b: fed… /);
    expect(told).toHaveLength(2);
  });
});
