import { cp, mkdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { claimedPort } from '../support/claimed-port.js';
import { API_KEY } from '../support/gateway.js';
import { LONG, until } from '../support/patience.js';
import { directory, endPrograms, start, type Started } from '../support/program.js';

const ROOT = resolve('.');
/** The one source that these tests change; the compiler looks at it and at what it imports. */
const SOURCE = 'src/agents/echo/echo.agent.ts';

/** The repository once more, for the sources to be changed; what is compiled already is compiled there too. */
async function copyOfTheTree(): Promise<string> {
  const copy = await directory();
  for (const name of ['src', 'tools', 'scripts', 'console', 'docs', 'dist', 'package.json']) {
    await cp(join(ROOT, name), join(copy, name), { recursive: true, preserveTimestamps: true });
  }
  for (const name of ['tsconfig.json', 'tsconfig.types.json']) {
    await cp(join(ROOT, name), join(copy, name), { preserveTimestamps: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const project = join(copy, 'tsconfig.build.json');
  await writeFile(
    project,
    JSON.stringify({ extends: './tsconfig.json', files: [SOURCE], include: [] }),
  );
  // As old as what is compiled.
  const { mtime } = await stat(join(ROOT, 'tsconfig.build.json'));
  await utimes(project, mtime, mtime);
  return copy;
}

const agentThatSays = (description: string, rest = ''): string => `
  import { Agent } from 'patchbay/agent';
  ${rest}
  export default class extends Agent {
    name = 'greeter';
    description = ${description};
    optionsSchema = { type: 'object' };
    answer() {
      return { onAudio() {} };
    }
  }
`;

(LONG ? describe : describe.skip)('npm run dev', () => {
  let tree: string;
  let agents: string;
  let dev: Started;
  let api: Api;

  beforeAll(async () => {
    tree = await copyOfTheTree();
    agents = join(await directory(), 'agents');
    await mkdir(agents);
    await writeFile(join(agents, 'greeter.agent.js'), agentThatSays('"The first."'));
    const port = await claimedPort();
    dev = start(
      await directory(),
      { PORT: String(port), API_KEY, AGENTS_DIR: agents },
      { program: relative(join(ROOT, 'dist'), join(tree, 'scripts', 'dev.mjs')) },
    );
    api = new Api({ url: `http://127.0.0.1:${port}` });
  });
  afterAll(async () => {
    dev.child.kill('SIGTERM');
    await dev.exited;
    await endPrograms();
  });

  /** What the agents say of themselves, by the service that runs now; null while none does. */
  const described = async (): Promise<Record<string, string> | null> => {
    try {
      const { body } = await api.request<{ data: { name: string; description: string }[] }>(
        'GET',
        '/agents',
      );
      return Object.fromEntries(body.data.map(({ name, description }) => [name, description]));
    } catch {
      return null;
    }
  };
  const saying = (name: string, description: string): Promise<boolean> =>
    until(
      async () => (await described())?.[name] === description,
      `${name} saying "${description}"`,
    );

  it('starts the service, with the agents of AGENTS_DIR', async () => {
    await until(() => dev.stderr.includes('starting the service'), 'the first round of compiling');
    await saying('greeter', 'The first.');
  });

  it('an agent is changed: the service starts anew, and calls in progress have ended', async () => {
    const placed = await api.place({ to: '+12025550143' });
    await api.until(placed.workflow_run_id, ({ streaming }) => streaming);
    await writeFile(join(agents, 'greeter.agent.js'), agentThatSays('"The second."'));
    await saying('greeter', 'The second.');
    expect(await api.call(placed.workflow_run_id)).toMatchObject({
      status: 'completed',
      end_reason: 'api_hangup',
    });
  });

  it('an agent cannot be loaded: it is told where, and the next change starts the service', async () => {
    await writeFile(join(agents, 'greeter.agent.js'), agentThatSays('The third.'));
    await until(() => dev.stderr.includes('after the next change'), 'the message');
    expect(dev.stderr).toMatch(/AGENTS_DIR: greeter\.agent\.js: .*greeter\.agent\.js:6\)/);
    expect(await described()).toBeNull();
    await mkdir(join(agents, 'lib'));
    await writeFile(join(agents, 'lib', 'words.mjs'), 'export const words = "The third.";');
    await writeFile(
      join(agents, 'greeter.agent.js'),
      agentThatSays('words', 'import { words } from "./lib/words.mjs";'),
    );
    await saying('greeter', 'The third.');
  });

  it('a module in a folder that is new is changed', async () => {
    await writeFile(join(agents, 'lib', 'words.mjs'), 'export const words = "The fourth.";');
    await saying('greeter', 'The fourth.');
  });

  it('a source is changed: it is compiled, and the service starts anew', async () => {
    const source = await readFile(join(ROOT, SOURCE), 'utf8');
    const path = join(tree, SOURCE);
    const changed = source.replace(/description = '.*?'/, "description = 'It was changed.'");
    await writeFile(path, changed);
    await saying('echo', 'It was changed.');
    await writeFile(path, changed.replace("'echo'", '7'));
    await until(() => dev.stderr.includes('does not compile'), 'the message');
    expect(dev.stderr).toContain('echo.agent.ts');
    expect(await described()).toMatchObject({ echo: 'It was changed.' });
    await writeFile(path, changed.replace('It was changed.', 'It is well again.'));
    await saying('echo', 'It is well again.');
  });

  it('asked to stop, it takes the service with it', async () => {
    dev.child.kill('SIGTERM');
    expect(await dev.exited).toBe(0);
    expect(await described()).toBeNull();
  });
});
