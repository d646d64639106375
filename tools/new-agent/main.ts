/** `npm run new-agent`: the files of an agent of one's own, to begin with. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { filesOf } from './templates.js';

const EXIT_USAGE = 2;
const USAGE = `Usage: npm run new-agent -- NAME [--dir FOLDER]

Writes an agent, its test and a workflow of it, and says how to try them. Nothing is overwritten.

  NAME          lower-case letters, digits and hyphens, such as front-desk
  --dir FOLDER  where the files go (default agents)
`;

class UsageError extends Error {}

function optionsOf(args: string[]): { name: string; dir: string } | 'help' {
  const { values, positionals } = parseArgs({
    args,
    options: { dir: { type: 'string' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help) return 'help';
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) throw new UsageError('Name one agent.');
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60) {
    throw new UsageError('NAME must be of lower-case letters, digits and hyphens.');
  }
  return { name, dir: values.dir ?? 'agents' };
}

async function make(name: string, dir: string): Promise<void> {
  const files = Object.entries(filesOf(name)).map(([file, text]) => ({
    path: join(dir, file),
    text,
  }));
  const there = files.filter(({ path }) => existsSync(path)).map(({ path }) => path);
  if (there.length > 0) throw new UsageError(`${there.join(', ')} is there already.`);
  await mkdir(dir, { recursive: true });
  for (const { path, text } of files) await writeFile(path, text, { flag: 'wx' });
  const shown = relative('', dir) || '.';
  process.stdout.write(`Written:
${files.map(({ path }) => `  ${path}`).join('\n')}

Test it, without a service:
  node --test ${join(shown, `${name}.agent.test.js`)}

Call it, with a scripted caller:
  AGENTS_DIR=${shown} npm run talk -- ${join(shown, `${name}.workflow.json`)} --keys 12# \\
    --expect-fact keys=2 --expect-end agent_hangup

Run the service with it, started anew whenever a file changes, and make the workflow:
  AGENTS_DIR=${shown} npm run dev
  curl -s http://127.0.0.1:8000/api/v1/workflows -H "Authorization: Bearer $(cat data/api-key)" \\
    -H 'Content-Type: application/json' -d @${join(shown, `${name}.workflow.json`)}
`);
}

try {
  const options = optionsOf(process.argv.slice(2));
  if (options === 'help') process.stdout.write(USAGE);
  else await make(options.name, options.dir);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = EXIT_USAGE;
}
