import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiError } from '../demo/throw-away-gateway.js';
import { UsageError } from './options.js';
import { workflowIdOf } from './workflow-source.js';

/** A gateway with one workflow and two agents, and what was made at it. */
class FakeGateway {
  readonly made: unknown[] = [];
  refusal: ApiError | null = null;

  api<T>(method: string, path: string, body?: unknown): Promise<T> {
    if (method === 'POST') {
      if (this.refusal) return Promise.reject(this.refusal);
      this.made.push(body);
      return Promise.resolve({ workflow_id: 7 } as T);
    }
    const data =
      path === '/workflows'
        ? [{ workflow_id: 1, name: 'Echo' }]
        : [{ name: 'echo' }, { name: 'front-desk' }];
    return Promise.resolve({ data } as T);
  }
}

describe('the workflow that is meant', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-talk-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is one of the store, before an agent of that name', async () => {
    const gateway = new FakeGateway();
    expect(await workflowIdOf(gateway, 'echo')).toBe(1);
    expect(gateway.made).toEqual([]);
  });

  it('is made of an agent with its default options', async () => {
    const gateway = new FakeGateway();
    expect(await workflowIdOf(gateway, 'front-desk')).toBe(7);
    expect(gateway.made).toEqual([{ name: 'front-desk', agent: 'front-desk' }]);
  });

  it('is made of a file', async () => {
    const gateway = new FakeGateway();
    const file = join(folder, 'menu.json');
    await writeFile(file, '{"name": "Menu", "agent": "menu"}');
    expect(await workflowIdOf(gateway, file)).toBe(7);
    expect(gateway.made).toEqual([{ name: 'Menu', agent: 'menu' }]);
  });

  it('is refused with what there is, or with what is wrong', async () => {
    const gateway = new FakeGateway();
    const nobody = workflowIdOf(gateway, 'Nobody');
    await expect(nobody).rejects.toThrow(/Workflows: Echo. Agents: echo, front-desk/);
    await expect(nobody).rejects.toThrow(UsageError);
    const absent = workflowIdOf(gateway, join(folder, 'absent.json'));
    await expect(absent).rejects.toThrow(/absent.json cannot be read/);
    const text = JSON.stringify({ detail: 'frequency_hz must be >= 100' });
    gateway.refusal = new ApiError('POST', '/workflows', 400, text);
    const wrong = workflowIdOf(gateway, 'front-desk');
    await expect(wrong).rejects.toThrow('frequency_hz must be >= 100');
    await expect(wrong).rejects.toThrow(UsageError);
  });
});
