import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseSync } from '@swc/core';
import { SaxesParser } from 'saxes';
import { parse } from 'yaml';
import type { Block } from './blocks.js';
import { faultsOfCommands } from './commands.js';
import { wholeFile } from './pieces.js';

/** What a block is, by its language; a language that is not here has no meaning on a page. */
export type Kind = 'command' | 'file' | 'value' | 'output';

interface Language {
  kind: Kind;
  /** @throws whatever says what is wrong with the text */
  check(block: Block): void;
}

const LANGUAGES: Record<string, Language> = {
  sh: { kind: 'command', check: checkShell },
  js: {
    kind: 'file',
    check: (block) => void parseSync(wholeFile(block), { syntax: 'ecmascript' }),
  },
  ts: {
    kind: 'file',
    check: (block) => void parseSync(wholeFile(block), { syntax: 'typescript' }),
  },
  ini: { kind: 'value', check: checkIni },
  nginx: { kind: 'value', check: checkNginx },
  yaml: { kind: 'value', check: ({ text }) => void parse(text) },
  xml: { kind: 'value', check: ({ text }) => void new SaxesParser().write(text).close() },
  json: { kind: 'value', check: (block) => void valuesOf(block) },
  text: { kind: 'output', check: () => undefined },
};

/**
 * What a block is, once its syntax was found right.
 *
 * @throws Error that says where and what is wrong
 */
export function checkSyntax(block: Block): Kind {
  const { page, line, language, marks } = block;
  const known = Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language] : undefined;
  if (!known) throw new Error(`${page}:${line}: "${language}" is no language that is checked`);
  try {
    known.check(block);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${page}:${line}: ${reason}`, { cause: error });
  }
  return marks.file === undefined ? known.kind : 'file';
}

/** The value of a block, or those that stand in its lines. */
export function valuesOf({ text }: Block): unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const oneEach = lines.length > 1 && lines.every((line) => /^[[{].*[\]}]$/.test(line));
  return (oneEach ? lines : [text]).map((json) => JSON.parse(json) as unknown);
}

function checkShell({ text, marks }: Block): void {
  if (marks.file?.endsWith('.env')) return checkSettings(text);
  const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const faults = faultsOfCommands(text);
  if (faults.length > 0) throw new Error(faults.join('; '));
}

/** Lines of `.env`, each with a setting that there is. */
function checkSettings(text: string): void {
  const known = new Set(
    [...readFileSync('.env.example', 'utf8').matchAll(/^#?([A-Z0-9_]+)=/gm)].map(
      ([, name]) => name,
    ),
  );
  for (const line of text.split('\n')) {
    const [, name] = /^([A-Z0-9_]+)=\S*$/.exec(line) ?? [];
    if (!known.has(name)) throw new Error(`${line} is no setting`);
  }
}

/** As Asterisk reads it: sections, and names with values. */
function checkIni({ text }: Block): void {
  const line = /^(?:\[[\w-]+\](?:\([^)]+\))?| *[\w-]+ *=>? *\S.*|;.*| *)$/;
  const wrong = text.split('\n').find((one) => !line.test(one));
  if (wrong !== undefined) throw new Error(`"${wrong}" is no section and gives nothing a value`);
}

function checkNginx({ text }: Block): void {
  const line = /^ *(?:[a-z_]+ [^;{}]*[;{]|\})$/;
  const wrong = text.split('\n').find((one) => !line.test(one));
  if (wrong !== undefined) throw new Error(`"${wrong}" is no directive`);
  if (text.split('{').length !== text.split('}').length) throw new Error('its braces do not match');
}
