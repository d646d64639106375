import { readFile } from 'node:fs/promises';
import { ApiError } from '../demo/throw-away-gateway.js';
import type { CalledGateway } from './callers-line.js';
import { UsageError } from './options.js';

interface Named {
  workflow_id: number;
  name: string;
}

/**
 * The workflow that a person means: a file with its body, one of the store, or one made of an
 * agent.
 * @throws UsageError that says what there is
 */
export async function workflowIdOf(
  gateway: Pick<CalledGateway, 'api'>,
  meant: string,
): Promise<number> {
  if (meant.endsWith('.json')) return make(gateway, await bodyOf(meant), meant);
  const workflows = await gateway.api<{ data: Named[] }>('GET', '/workflows');
  const known = workflows.data.find(({ name }) => isSame(name, meant));
  if (known) return known.workflow_id;
  const agents = await gateway.api<{ data: Array<{ name: string }> }>('GET', '/agents');
  const agent = agents.data.find(({ name }) => isSame(name, meant));
  if (agent) return make(gateway, { name: meant, agent: agent.name }, meant);
  const list = (names: ReadonlyArray<{ name: string }>): string =>
    names.map(({ name }) => name).join(', ');
  throw new UsageError(
    `There is no “${meant}”. Workflows: ${list(workflows.data)}. Agents: ${list(agents.data)}. Or name a .json file.`,
  );
}

function isSame(name: string, meant: string): boolean {
  return name.toLowerCase() === meant.toLowerCase();
}

async function bodyOf(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} cannot be read: ${why}`);
  }
}

async function make(
  gateway: Pick<CalledGateway, 'api'>,
  body: unknown,
  meant: string,
): Promise<number> {
  try {
    const { workflow_id: id } = await gateway.api<Named>('POST', '/workflows', body);
    return id;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error;
    throw new UsageError(`No workflow can be made of “${meant}”: ${error.detail}`);
  }
}
