import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { API_KEY, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';

const run = promisify(execFile);
const bin = (name: string): string => resolve('node_modules', '.bin', name);

/** What somebody writes against the generated types: free-form objects in and out, and errors. */
const USE = `
import type { components, paths } from './patchbay.js';

type Call = components['schemas']['Call'];
type PlaceCall = paths['/api/v1/telephony/calls']['post']['requestBody']['content']['application/json'];
type CreateWorkflow = components['schemas']['CreateWorkflow'];

const [, , url, key, to] = process.argv;

async function post<T>(path: keyof paths, body: unknown): Promise<T> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: 'Bearer ' + key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) {
    const problem = (await response.json()) as components['schemas']['Problem'];
    throw new Error(problem.code + ': ' + (problem.errors ?? []).map((one) => one.field).join());
  }
  return (await response.json()) as T;
}

const workflow: CreateWorkflow = {
  name: 'Generated', agent: 'tone', agent_options: { seconds: 1 },
};
const { workflow_id } = await post<components['schemas']['Workflow']>('/api/v1/workflows', workflow);
const placing: PlaceCall = {
  workflow_id,
  to: to ?? '',
  context: { customer: 'Ada', orders: [1, 2], nested: { vip: true } },
};
const call = await post<Call>('/api/v1/telephony/calls', placing);
const customer: unknown = call.context['customer'];
const fact: unknown = call.facts['anything'];
console.log(JSON.stringify({ id: call.workflow_run_id, customer, fact: fact ?? null }));
`;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    types: ['node'],
    outDir: 'out',
    rootDir: '.',
  },
  include: ['*.ts'],
};

describe('a client that is generated from the description', () => {
  let gateway: Gateway;
  let folder: string;
  beforeAll(async () => {
    gateway = await startGateway();
    folder = await mkdtemp(join(tmpdir(), 'patchbay-client-'));
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  });
  afterAll(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('compiles, passes a context, and places a call', async () => {
    const types = join(folder, 'patchbay.d.ts');
    const description = `${gateway.url}/docs/openapi.json`;
    await run(bin('openapi-typescript'), [description, '-o', types], { cwd: folder });
    // What a generator makes of an object of which nothing is said.
    expect(await readFile(types, 'utf8')).not.toMatch(/^ +\w+\??: .*Record<string, never>/m);
    await writeFile(join(folder, 'use.ts'), USE);
    await run(bin('tsc'), ['-p', folder]).catch((error: { stdout?: string }) => {
      throw new Error(error.stdout);
    });
    const { stdout } = await run(process.execPath, [
      join(folder, 'out', 'use.js'),
      gateway.url,
      API_KEY,
      THEIR_NUMBER,
    ]);
    const used = JSON.parse(stdout) as { id: number; customer: string; fact: null };
    expect(used).toEqual({ id: expect.any(Number), customer: 'Ada', fact: null });
    expect(await new Api(gateway).call(used.id)).toMatchObject({
      to: THEIR_NUMBER,
      context: { customer: 'Ada', orders: [1, 2], nested: { vip: true } },
    });
  });
});
