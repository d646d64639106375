import { maskText } from '../../shared/redact.js';

/** A check that is down for fewer rounds in a row is not told, nor is it told back before as many. */
const ROUNDS = 2;
const TEXT_MAX = 600;

/** How a check stands in the eyes of those who are told. */
export interface Standing {
  /** Whether they were told that it is down, and not yet that it is back. */
  told: boolean;
  /** How many rounds in a row contradict that. */
  rounds: number;
  /** When it was first seen down, in milliseconds; it was down ever since, or is told to be. */
  since: number;
  /** It is not told to be down again before this time, in milliseconds. */
  quietUntil: number;
  /** When this was last changed, in milliseconds: of two versions the later one holds. */
  at: number;
}

export type Standings = Readonly<Record<string, Standing>>;

/** What is told of one check. No number, token or signature is in it. */
export interface News {
  change: 'down' | 'back';
  check: string;
  title: string;
  seen: string;
  fix: string | null;
  /** When it was first seen down, in milliseconds. */
  since: number;
}

/** What a check of the doctor has found, as far as it is told. */
export interface Seen {
  name: string;
  title: string;
  status: 'up' | 'warn' | 'down' | 'skipped';
  seen: string;
  fix: string | null;
}

export interface Round {
  /** In milliseconds. */
  now: number;
  /** How long a check that is back is not told down again, in milliseconds. */
  quietMs: number;
  results: readonly Seen[];
}

const NEVER: Omit<Standing, 'since' | 'at'> = { told: false, rounds: 0, quietUntil: 0 };

/**
 * What is to be told after a round of checks. Pure.
 *
 * A check that is skipped says nothing while another one is down, since that is why it is
 * skipped. One that is not looked at any more counts as one that is up.
 */
export function judgeRound(
  before: Standings,
  { now, quietMs, results }: Round,
): { standings: Standings; news: News[] } {
  const standings: Record<string, Standing> = {};
  const news: News[] = [];
  const names = new Set([...results.map(({ name }) => name), ...Object.keys(before)]);
  for (const name of names) {
    const result = results.find((one) => one.name === name);
    const standing = before[name] ?? { ...NEVER, since: now, at: now };
    const isDown = downIn(results, name);
    if (isDown === null) {
      if (before[name]) standings[name] = standing;
      continue;
    }
    const rounds = isDown === standing.told ? 0 : standing.rounds + 1;
    const since = !standing.told && rounds === 1 ? now : standing.since;
    const turns = rounds >= ROUNDS && (standing.told || now >= standing.quietUntil);
    const next: Standing = {
      told: turns ? isDown : standing.told,
      rounds: turns ? 0 : rounds,
      since,
      quietUntil: turns && isDown ? now + quietMs : standing.quietUntil,
      at: turns || rounds !== standing.rounds ? now : standing.at,
    };
    if (turns) news.push(newsOf(isDown, name, result, since));
    // What is as it should be and may be told at any time need not be remembered.
    if (next.told || next.rounds > 0 || next.quietUntil > now) standings[name] = next;
  }
  return { standings, news };
}

/** Null: nothing is known of it in this round. */
function downIn(results: readonly Seen[], name: string): boolean | null {
  const result = results.find((one) => one.name === name);
  if (result?.status !== 'skipped') return result?.status === 'down';
  return results.some((one) => one.status === 'down') ? null : false;
}

function newsOf(isDown: boolean, name: string, result: Seen | undefined, since: number): News {
  const { title = name, seen = 'It is not looked at any more.', fix = null } = result ?? {};
  return {
    change: isDown ? 'down' : 'back',
    check: name,
    title,
    seen: shown(seen),
    fix: fix === null || !isDown ? null : shown(fix),
    since,
  };
}

function shown(text: string): string {
  const masked = maskText(text);
  return masked.length > TEXT_MAX ? `${masked.slice(0, TEXT_MAX - 1)}…` : masked;
}
