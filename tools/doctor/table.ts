import type { AlertJson, CheckJson, DiagnosisJson, RepairJson } from './ask.js';

const COLOURS = { up: 32, warn: 33, down: 31, skipped: 90 } as const;
const MARKS = { up: '✓', warn: '!', down: '✗', skipped: '-' } as const;
const NAME_WIDTH = 20;
const STATUS_WIDTH = 8;
const INDENT = ' '.repeat(4);
const BOLD = 1;
const SENTENCE_MAX = 160;

export interface TableStyle {
  colour: boolean;
  /** Characters in a line. */
  width: number;
}

/** The result for people: a block for each group and a line for each check, followed by what was seen and what to do. */
export function renderTable(diagnosis: DiagnosisJson, style: TableStyle): string {
  const blocks = [...grouped(diagnosis.checks)].map(([group, checks]) =>
    [paint(BOLD, group, style), ...checks.map((check) => renderCheck(check, style))].join('\n'),
  );
  return `${blocks.join('\n\n')}\n\n${summary(diagnosis, style)}\n`;
}

/** A line for each number that was not as it should be. */
export function renderRepairs(repairs: readonly RepairJson[]): string {
  if (repairs.length === 0) return 'Every claimed number has our URLs already.\n';
  return repairs
    .map(({ number_ends_with: ending, was, reason }) =>
      reason === null
        ? `✓ …${ending} (${was}): repaired\n`
        : `✗ …${ending} (${was}): not repaired, ${reason}\n`,
    )
    .join('');
}

/** A line for each channel of a test message. */
export function renderAlert({ deliveries }: AlertJson): string {
  return deliveries
    .map(({ channel, state, error }) =>
      state === 'delivered'
        ? `✓ ${channel}: delivered${error === null ? '' : `, but ${error}`}\n`
        : `✗ ${channel}: not delivered, ${error}\n`,
    )
    .join('');
}

/** What has changed, under the time of day. */
export function renderChanges(at: Date, changed: readonly CheckJson[], style: TableStyle): string {
  const time = paint(BOLD, at.toTimeString().slice(0, 8), style);
  return `\n${[time, ...changed.map((check) => renderCheck(check, style))].join('\n')}\n`;
}

/** A line of progress. */
export function renderLine({ name, status, title }: CheckJson, style: TableStyle): string {
  const word = paint(COLOURS[status], `${MARKS[status]} ${status.padEnd(STATUS_WIDTH)}`, style);
  return `  ${word} ${name.padEnd(NAME_WIDTH)} ${title}`;
}

function renderCheck(check: CheckJson, style: TableStyle): string {
  const fix = check.fix === null ? [] : wrap(`→ ${check.fix}`, style.width);
  return [renderLine(check, style), ...wrap(check.seen, style.width), ...fix].join('\n');
}

function summary({ checks, duration_ms: tookMs }: DiagnosisJson, style: TableStyle): string {
  const counts = (['up', 'warn', 'down', 'skipped'] as const)
    .map((status) => ({ status, count: checks.filter((one) => one.status === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => paint(COLOURS[status], `${count} ${status}`, style));
  const troubled = checks.some(({ status }) => status === 'warn' || status === 'down');
  const more = troubled ? ' More about each check: docs/troubleshooting.md' : '';
  return `${counts.join(', ')}, in ${(tookMs / 1000).toFixed(1)} s.${more}\n${verdict(checks, style)}`;
}

/** The last line, for people who read only this one: what is down, and what was seen. */
function verdict(checks: readonly CheckJson[], style: TableStyle): string {
  const named = (wanted: CheckJson['status']): string =>
    checks
      .filter(({ status }) => status === wanted)
      .map(({ name, seen }) => `${name} (${firstSentence(seen)})`)
      .join(', ');
  const down = named('down');
  if (down !== '') return paint(COLOURS.down, `Down: ${down}`, style);
  const warned = named('warn');
  return warned === ''
    ? paint(COLOURS.up, 'Nothing is down.', style)
    : paint(COLOURS.warn, `Nothing is down. Look at: ${warned}`, style);
}

function firstSentence(text: string): string {
  const [first = ''] = text.split(/\.(?=\s|$)|; /, 1);
  return first.length > SENTENCE_MAX ? `${first.slice(0, SENTENCE_MAX - 1)}…` : first;
}

function grouped(checks: readonly CheckJson[]): Map<string, CheckJson[]> {
  const groups = new Map<string, CheckJson[]>();
  for (const check of checks) groups.set(check.group, [...(groups.get(check.group) ?? []), check]);
  return groups;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = INDENT;
  for (const word of text.split(' ')) {
    if (line.length > INDENT.length && line.length + 1 + word.length > width) {
      lines.push(line);
      line = INDENT;
    }
    line += line.length === INDENT.length ? word : ` ${word}`;
  }
  return [...lines, line];
}

function paint(code: number, text: string, { colour }: TableStyle): string {
  return colour ? `\u001B[${code}m${text}\u001B[0m` : text;
}
