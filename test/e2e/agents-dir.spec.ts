import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { Api } from '../support/api.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { KillableGateway } from '../support/killable-gateway.js';
import { until } from '../support/patience.js';
import { directory, endPrograms, start } from '../support/program.js';
import { sqliteStores, type TestStore } from '../support/stores.js';
import { toneShare } from '../support/tone-share.js';

const ROOT = resolve('.');
const execute = promisify(execFile);

afterAll(endPrograms);

describe('the example of an agent outside the source', () => {
  let project: string;

  beforeAll(async () => {
    project = await directory();
    await cp(join(ROOT, 'examples', 'agent'), project, {
      recursive: true,
      // What somebody has built or installed there is not tested.
      filter: (path) => !/[\\/]agent[\\/](node_modules|dist)$/.test(path),
    });
    // As npm installs it: the dependency by a link to this repository.
    await mkdir(join(project, 'node_modules', '@types'), { recursive: true });
    await symlink(ROOT, join(project, 'node_modules', 'patchbay'));
    for (const name of ['typescript', '@types/node']) {
      await symlink(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
    }
    await execute(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: project });
  });

  it('passes its own tests, with the types and the test kit of the package', async () => {
    const { stdout } = await execute(
      process.execPath,
      ['--test', '--test-reporter=tap', 'dist/poll.agent.test.js'],
      { cwd: project },
    );
    expect(stdout).toMatch(/^# pass 12$/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  });

  describe('in AGENTS_DIR, where no package is near', () => {
    let carrier: SimulatedCarrier;
    let gateway: KillableGateway;
    let store: TestStore;
    let api: Api;

    beforeAll(async () => {
      const folder = await directory();
      for (const file of ['poll.agent.js', 'poll.agent.test.js', 'tone.js']) {
        await cp(join(project, 'dist', file), join(folder, file));
      }
      // An agent whose folder has a copy of the package, as after an update of ours: it gets our class, not that one.
      await writeFile(join(folder, 'other.agent.mjs'), OTHER_AGENT);
      const copy = join(folder, 'node_modules', 'patchbay');
      await mkdir(copy, { recursive: true });
      await writeFile(
        join(copy, 'package.json'),
        '{"name": "patchbay", "type": "module", "exports": {"./agent": "./agent.js"}}',
      );
      await writeFile(join(copy, 'agent.js'), 'export class Agent {}');
      store = await sqliteStores.create();
      await store.database.close();
      ({ carrier, gateway } = await KillableGateway.besideCarrier(store, {
        env: { AGENTS_DIR: folder, WORDS_OF_OTHER: 'Says what its variable says.' },
      }));
      await gateway.start();
      api = new Api(gateway);
    });
    afterAll(async () => {
      await gateway.kill();
      await carrier.stop();
      await store.remove();
    });

    it('is listed as any other agent', async () => {
      const { body } = await api.request<{ data: Array<Record<string, unknown>> }>(
        'GET',
        '/agents',
      );
      const names = body.data.map(({ name }) => name);
      expect(names.slice(0, 2)).toEqual(['echo', 'tone']);
      expect(names.slice(-2)).toEqual(['other', 'poll']);
      expect(body.data.at(-1)).toMatchObject({
        description: 'Plays a tone, takes one key as the answer, and hangs up.',
        options_schema: { properties: { keys: { type: 'string', default: '12' } } },
      });
    });

    it('is given its own variables, and none of ours', async () => {
      const { body } = await api.request<{ data: Array<Record<string, unknown>> }>(
        'GET',
        '/agents',
      );
      expect(body.data.find(({ name }) => name === 'other')?.['description']).toBe(
        'Says what its variable says. Of ours: .',
      );
    });

    it('its options are checked when a workflow is saved', async () => {
      const reply = await api.request('POST', '/workflows', {
        name: 'Poll',
        agent: 'poll',
        agent_options: { keys: 'abc' },
      });
      expect(reply.status).toBe(400);
      expect(JSON.stringify(reply.body)).toContain('agent_options.keys');
    });

    it('answers a call: its tones are heard, and the key is a fact of the call', async () => {
      const { body } = await api.request<{ workflow_id: number }>('POST', '/workflows', {
        name: 'Poll',
        agent: 'poll',
        agent_options: { keys: '123', seconds: 60 },
      });
      const placed = await api.place({ to: THEIR_NUMBER, workflow_id: body.workflow_id });
      const phone = await carrier.waitForCall((one) => one.sid === placed.provider_call_id);
      await until(() => phone.heardAudio.length >= 3_200, 'the first tone');
      expect(toneShare(phone.heardAudio.subarray(0, 3_200), 600)).toBeGreaterThan(0.95);
      phone.sendDigits('2');
      expect(await phone.ended).toBe('completed');
      expect(toneShare(phone.heardAudio.subarray(-3_200), 1_000)).toBeGreaterThan(0.95);
      const ended = await api.until(placed.workflow_run_id, ({ ended_at: at }) => at !== null);
      expect(ended).toMatchObject({ end_reason: 'agent_hangup', facts: { answer: '2' } });
    });
  });
});

const OTHER_AGENT = `
  import { Agent } from 'patchbay/agent';
  export default class extends Agent {
    name = 'other';
    optionsSchema = { type: 'object' };
    constructor({ env }) {
      super();
      const ours = Object.keys(env).filter((name) => /^(API_KEY|TWILIO_.*|PORT)$/.test(name));
      this.description = env.WORDS_OF_OTHER + ' Of ours: ' + ours.join() + '.';
    }
    answer() {
      return { onAudio() {} };
    }
  }
`;

/** An agent with these members in place of the usual ones; undefined leaves one out. */
function agentWith(members: Record<string, string | undefined>): string {
  const all = {
    name: "'fine'",
    description: "'Says nothing.'",
    optionsSchema: "{ type: 'object' }",
    answer: '() => ({ onAudio() {} })',
    ...members,
  };
  const lines = Object.entries(all).map(([name, value]) => (value ? `${name} = ${value};` : ''));
  return `import { Agent } from 'patchbay/agent';\nexport default class extends Agent {\n${lines.join('\n')}\n}`;
}

/** File, text, and what the message says of it: the reason, and the beginning of the fix. */
const FAULTY: Array<[string, string, RegExp]> = [
  [
    'syntax',
    'export default class {\n\n  answer( {\n}',
    /not valid JavaScript: .+ \(\/.*\/syntax\.agent\.mjs:4\)\. Correct it there/,
  ],
  [
    'helper',
    "import './lib/broken.mjs';",
    /not valid JavaScript: .+ \(in a module that it imports\)\. Correct it/,
  ],
  [
    'import-name',
    "import { Agents } from 'patchbay/agent';",
    /named 'Agents' \(\/.*\/import-name\.agent\.mjs:1\)\. Correct it/,
  ],
  [
    'import-path',
    "import { Agent } from 'patchbay/agents';",
    /subpath '\.\/agents' is not defined .*\. Import the agent port from patchbay\/agent\./,
  ],
  ['package', "import 'nothing-of-the-kind';", /cannot find package 'nothing-of.*npm install/],
  ['module', "import './nothing.mjs';", /cannot find module .*nothing\.mjs.*correct the import/],
  ['no-default', 'export const agent = 1;', /no default export\. Write `export default class/],
  [
    'object',
    'export default { name: "object" };',
    /no class that extends Agent of patchbay\/agent/,
  ],
  ['stranger', 'export default class { answer() {} }', /no class that extends Agent.*bundler/],
  [
    'import-throws',
    "\nthrow new Error('no such luck');",
    /throws when it is imported: no such luck \(\/.*\/import-throws\.agent\.mjs:2:7\)\. Correct/,
  ],
  [
    'constructor-throws',
    agentWith({ other: "(() => { throw new TypeError('no key'); })()" }),
    /throws when it is constructed: no key \(\/.*constructor-throws\.agent\.mjs:\d+:\d+\)/,
  ],
  ['throws-text', 'throw "just text";', /throws when it is imported: just text\. Correct/],
  ['name', agentWith({ name: undefined }), /`name` is missing or is none\. `name` must be small/],
  ['bad-name', agentWith({ name: "'Big Name'" }), /`name` is missing or is none/],
  ['taken', agentWith({ name: "'echo'" }), /an agent "echo" already\. Give it a name of its own/],
  ['twin', agentWith({ name: "'sound'" }), /an agent "sound" already/],
  ['description', agentWith({ description: undefined }), /`description` must be one sentence/],
  ['schema', agentWith({ optionsSchema: undefined }), /`optionsSchema` must be a JSON schema/],
  [
    'bad-schema',
    agentWith({ optionsSchema: "{ type: 'nonsense' }" }),
    /`optionsSchema` is not a JSON schema in strict mode: .*\. Correct the schema/,
  ],
  ['format', agentWith({ audioFormat: "'mp3'" }), /`audioFormat` must be one of mulaw_8000, pcm/],
  ['answer', agentWith({ answer: undefined }), /`answer` must be a method/],
];

describe('agents that cannot be loaded', () => {
  let folder: string;
  let told: string;

  beforeAll(async () => {
    folder = await directory();
    await mkdir(join(folder, 'lib'));
    await writeFile(join(folder, 'lib', 'broken.mjs'), 'export const x = ;');
    await writeFile(join(folder, 'sound.agent.mjs'), agentWith({ name: "'sound'" }));
    // Not named like an agent.
    await writeFile(join(folder, 'notes.js'), 'nonsense');
    await writeFile(join(folder, 'sound.agent.ts'), 'nonsense');
    for (const [file, text] of FAULTY) await writeFile(join(folder, `${file}.agent.mjs`), text);
    const one = start(await directory(), { AGENTS_DIR: folder });
    expect(await one.exited).toBe(1);
    told = one.stderr;
  });

  it('stop the start, with one message and no trace', () => {
    expect(told.split('\n')[0]).toBe(
      `Patchbay cannot start: ${FAULTY.length} agents in ${folder} cannot be loaded.`,
    );
    expect(told.trimEnd().split('\n')).toHaveLength(1 + FAULTY.length);
    expect(told).not.toContain('sound.agent');
  });

  it.each(FAULTY)('%s', (file, _text, expected) => {
    const line = told
      .split('\n')
      .find((one) => one.startsWith(`  AGENTS_DIR: ${file}.agent.mjs: `));
    expect(line).toMatch(expected);
  });

  it('among them one whose import does not come to an end', async () => {
    const path = join(folder, 'lib', 'stalls.mjs');
    await writeFile(path, 'await new Promise(() => undefined);');
    const loader = pathToFileURL(join(ROOT, 'dist/src/agents/outside/load-agent.js')).href;
    const { stdout } = await execute(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { loadAgent } from ${JSON.stringify(loader)};
       console.log(JSON.stringify(await loadAgent(${JSON.stringify(path)}, {}, 1)));`,
    ]);
    expect(JSON.parse(stdout)).toEqual({
      fault: { reason: 'its import does not come to an end', fix: expect.any(String) },
    });
  });
});

describe('AGENTS_DIR', () => {
  it('that is not there', async () => {
    const cwd = await directory();
    const one = start(cwd, { AGENTS_DIR: 'agents' });
    expect(await one.exited).toBe(1);
    expect(one.stderr).toBe(
      `Patchbay cannot start: the folder ${join(cwd, 'agents')} is not there.\n` +
        '  AGENTS_DIR: Name the folder of your agents, or leave it out.\n',
    );
  });

  it('that is a file', async () => {
    const cwd = await directory();
    await writeFile(join(cwd, 'agents'), '');
    const one = start(cwd, { AGENTS_DIR: 'agents' });
    expect(await one.exited).toBe(1);
    expect(one.stderr).toMatch(/agents cannot be used: a file stands where .*\n {2}AGENTS_DIR: /);
  });
});
