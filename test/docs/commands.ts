import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
};
const OF_NPM = new Set(['ci', 'install', 'sbom', 'version']);
/** Commands of ours, up to what ends them in a shell. */
const NPM = /\bnpm (?:(run) (?:--silent )?)?([a-z][\w:-]*)((?: (?!#)(?:\\\n *)?[^\s|;&<>)]+)*)/g;
const NODE = /\bnode ((?:[\w.-]+\/)+[\w.-]+\.m?js)/g;

/**
 * What is wrong with the commands of ours in a text, without running them: scripts of package.json and
 * options of theirs that do not exist, programs that are not there.
 */
export function faultsOfCommands(text: string): string[] {
  const npm = [...text.matchAll(NPM)].flatMap(([command, run, name = '', rest = '']) => {
    if (run === undefined && OF_NPM.has(name)) return [];
    const script = scripts[name];
    if (script === undefined) return [`${command}: package.json has no script "${name}"`];
    const source = sourceOf(script);
    return source === null
      ? []
      : optionsIn(rest)
          .filter((option) => !source.includes(option))
          .map((option) => `${command}: there is no option ${option}`);
  });
  const node = [...text.matchAll(NODE)]
    .filter(([, program = '']) => program.startsWith('scripts/') && !existsSync(program))
    .map(([command]) => `${command}: there is no such program`);
  return [...npm, ...node];
}

/** The options after `--`; those before it are npm's. */
function optionsIn(rest: string): string[] {
  const [, ours = ''] = rest.split(/ -- /);
  return [...ours.matchAll(/(?<=^|\s)--[a-z][a-z-]*/g)].map(([option]) => option);
}

/** What is written in the program that the script runs, tools of the project alone; null: none of them. */
function sourceOf(script: string): string | null {
  const [, tool] = / (tools\/[\w-]+)\/main\.js$/.exec(script) ?? [];
  if (tool === undefined) return null;
  const files = readdirSync(tool).filter((name) => name.endsWith('.ts'));
  return files.map((name) => readFileSync(join(tool, name), 'utf8')).join('\n');
}

/** Commands that stand in the sentences and tables of a page. */
export function inlineCommands(page: string): string[] {
  const text = readFileSync(page, 'utf8').replace(/^ *(`{3,})[^\n]*\n[\s\S]*?\n *\1$/gm, '');
  return [...text.matchAll(/`([^`]+)`/g)]
    .map(([, code = '']) => code.replace(/\s+/g, ' '))
    .filter((code) =>
      /^(?:[A-Z_]+=\S* )*(?:npm|npx|node|docker|kubectl|asterisk|curl|openssl) /.test(code),
    );
}
