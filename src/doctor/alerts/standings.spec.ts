import { describe, expect, it } from '@jest/globals';
import { judgeRound, type News, type Seen, type Standings } from './standings.js';

const MINUTE = 60_000;

/** A round a minute; says what was told in each, e.g. `store down`. */
function told(rounds: ReadonlyArray<Record<string, Seen['status']>>, quietMinutes = 0): string[] {
  let standings: Standings = {};
  return rounds.map((checks, index) => {
    const results = Object.entries(checks).map(([name, status]) => {
      return { name, title: name, status, seen: 'It is so.', fix: 'Mend it.' };
    });
    const round = { now: index * MINUTE, quietMs: quietMinutes * MINUTE, results };
    // Through JSON, as in the store.
    const judged = judgeRound(standings, round);
    standings = JSON.parse(JSON.stringify(judged.standings)) as Standings;
    return judged.news.map(({ check, change }) => `${check} ${change}`).join(', ');
  });
}

const of = (statuses: string): Array<Record<string, Seen['status']>> =>
  statuses.split('').map((letter) => ({
    store: letter === 'd' ? 'down' : letter === 's' ? 'skipped' : letter === 'w' ? 'warn' : 'up',
  }));

describe('what is told', () => {
  it('is a check that is down in two rounds in a row, once, and that it is back', () => {
    expect(told(of('uddddwuu'))).toEqual(['', '', 'store down', '', '', '', 'store back', '']);
  });

  it('is nothing of a check that flaps', () => {
    expect(told(of('dududwdu')).join('')).toBe('');
  });

  it('is not that it is back while it flaps after it was told', () => {
    expect(told(of('ddududu')).filter((one) => one !== '')).toEqual(['store down']);
  });

  it('is not down again within the quiet time, but at its end', () => {
    expect(told(of('dduuddddddddd'), 8)).toEqual([
      '',
      'store down',
      '',
      'store back',
      '',
      '',
      '',
      '',
      '',
      'store down',
      '',
      '',
      '',
    ]);
  });

  it('is one message for all that turned in a round', () => {
    const both = { store: 'down', tls: 'down' } as const;
    expect(told([both, both])).toEqual(['', 'store down, tls down']);
  });

  it('is nothing of a check that is skipped because another is down', () => {
    const down = { store: 'down', tls: 'down' } as const;
    const hidden = { store: 'down', tls: 'skipped' } as const;
    expect(told([down, down, hidden, hidden, hidden, { store: 'up', tls: 'down' }])).toEqual([
      '',
      'store down, tls down',
      '',
      '',
      '',
      '',
    ]);
  });

  it('is back also of a check that has nothing to look at any more, or is gone', () => {
    const down = { store: 'down', tls: 'down' } as const;
    const fine = { store: 'skipped' } as const;
    expect(told([down, down, fine, fine])).toEqual([
      '',
      'store down, tls down',
      '',
      'store back, tls back',
    ]);
  });

  it('holds no number, and no text without end', () => {
    const result = {
      name: 'agents',
      title: 'Agents',
      status: 'down' as const,
      seen: `it called +12025550143 ${'and more '.repeat(200)}`,
      fix: 'Ask +12025550143.',
    };
    const round = (now: number) => ({ now, quietMs: 0, results: [result] });
    const { news } = judgeRound(judgeRound({}, round(1)).standings, round(2));
    const [one] = news as [News];
    expect(one.seen.length).toBe(600);
    expect(`${one.seen}${one.fix}`).not.toContain('2025550143');
    expect(one).toMatchObject({ change: 'down', check: 'agents', since: 1 });
  });
});
