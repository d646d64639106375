import { describe, expect, it } from '@jest/globals';
import type { CheckJson, DiagnosisJson } from './ask.js';
import { changesBetween, watch, type Round } from './watch.js';

function diagnosis(...checks: Array<Partial<CheckJson>>): DiagnosisJson {
  return {
    status: checks.some(({ status }) => status === 'down') ? 'down' : 'up',
    started_at: '2026-03-01T12:00:00.000Z',
    duration_ms: 1,
    checks: checks.map((fields) => ({
      name: 'store',
      title: 'The store',
      group: 'Set-up',
      status: 'up',
      seen: 'It answers within 3 ms.',
      fix: null,
      detail: {},
      duration_ms: 1,
      ...fields,
    })),
  };
}

const told = (checks: readonly CheckJson[]) => checks.map(({ name, status }) => [name, status]);

describe('what has changed between two rounds', () => {
  const well = diagnosis({}, { name: 'dns' });
  const ill = diagnosis({ status: 'down', seen: 'Refused after 3 tries.' }, { name: 'dns' });

  it('is what turns, there and back', () => {
    expect(told(changesBetween(well, ill))).toEqual([['store', 'down']]);
    expect(told(changesBetween(ill, well))).toEqual([['store', 'up']]);
  });

  it('is not what is only measured anew, but is another fault', () => {
    const slower = diagnosis({ seen: 'It answers within 9 ms.' }, { name: 'dns' });
    expect(changesBetween(well, slower)).toEqual([]);
    const later = diagnosis({ status: 'down', seen: 'Refused after 12.5 tries.' });
    expect(changesBetween(ill, later)).toEqual([]);
    const other = diagnosis({ status: 'down', seen: 'The disk is full.' });
    expect(told(changesBetween(ill, other))).toEqual([['store', 'down']]);
  });

  it('is what complained and is not looked at any more, and no check that is new and well', () => {
    const others = diagnosis({ name: 'tls' }, { name: 'cpu', status: 'skipped' });
    expect(told(changesBetween(ill, others))).toEqual([['store', 'up']]);
    expect(changesBetween(well, others)).toEqual([]);
  });
});

describe('a watch', () => {
  const round = (code: number, found: DiagnosisJson | null, message: string | null = null) => ({
    code,
    diagnosis: found,
    message,
  });

  /** What is told, and the code at the end, when the watch is ended in the middle of the round after these. */
  async function watched(rounds: Round[]) {
    const over = new AbortController();
    const lines: unknown[] = [];
    const code = await watch({
      everyMs: 0,
      signal: over.signal,
      examine: async () => {
        const next = rounds.shift();
        if (next) return next;
        over.abort();
        return new Promise<Round>(() => undefined);
      },
      tell: ({ message }, changed) => lines.push(message ?? (changed && told(changed))),
    });
    return { code, lines };
  }

  it('tells the first round and what changes, and ends with the code of the last', async () => {
    const well = diagnosis({});
    const ill = diagnosis({ status: 'down', seen: 'Refused.' });
    expect(await watched([round(0, well), round(0, well), round(1, ill), round(1, ill)])).toEqual({
      code: 1,
      lines: [null, [['store', 'down']]],
    });
  });

  it('says once that nobody can be asked, and knows afterwards what was before', async () => {
    const ill = diagnosis({ status: 'down', seen: 'Refused.' });
    const none = round(2, null, 'No gateway answers.');
    expect(await watched([round(1, ill), none, none, round(0, diagnosis({}))])).toEqual({
      code: 0,
      lines: [null, 'No gateway answers.', [['store', 'up']]],
    });
  });

  it('that is ended before its first round is over has asked nobody', async () => {
    expect(await watched([])).toEqual({ code: 2, lines: [] });
  });
});
