import type { Agent, AgentServer } from '../../agents/agent.js';
import type { AgentRegistry } from '../../agents/agent-registry.js';
import type { Database } from '../../database/database.js';
import { maskText } from '../../shared/redact.js';
import { down, fixesOf, skipped, up, type Check } from '../check.js';
import type { Examination } from '../examination.js';

const ASK_MS = 6_000;
/** The workflows that are looked at, the newest first, and the servers that are asked. */
const WORKFLOWS_MAX = 1_000;
const SERVERS_MAX = 50;
/** The rest is in the detail. */
const NAMED_MAX = 3;

interface Needed {
  agent: string;
  server: AgentServer;
  workflows: number[];
}

/** Would the servers that workflows' agents need take a call: bots, and speech-to-speech APIs with our key? */
export const agentServers: Check<
  Pick<Examination, 'agents' | 'storeIsUp' | 'signal'> & { database: Pick<Database, 'read'> }
> = {
  name: 'agent-servers',
  title: 'Servers that agents need',
  group: 'Agents and events',
  // Bots are not to be bothered every minute.
  fullOnly: true,
  async look({ database, agents, storeIsUp, signal }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    const workflows = await database.read((db) =>
      db
        .selectFrom('workflows')
        .select(['workflow_id', 'user_id', 'agent', 'agent_options'])
        .where('deleted_at', 'is', null)
        .orderBy('workflow_id', 'desc')
        .limit(WORKFLOWS_MAX)
        .execute(),
    );
    const needed = await neededBy(workflows, agents);
    if (needed.length === 0) return skipped('No workflow has an agent that needs a server.');
    const asked = needed.slice(0, SERVERS_MAX);
    const found = await Promise.all(asked.map((one) => ask(one, signal)));
    const problems = found.filter((one) => one !== null);
    const detail = {
      servers: needed.length,
      asked: asked.length,
      problems: problems.map(({ agent, name, workflows: ids, problem }) => ({
        agent,
        server: name,
        workflow_ids: ids,
        problem,
      })),
    };
    if (problems.length === 0) {
      return up(`All ${asked.length} server(s) that workflows’ agents need take calls.`, detail);
    }
    const named = problems.slice(0, NAMED_MAX).map(({ agent, name, problem, workflows: [id] }) => {
      return `${name} (${agent}, workflow ${id}): ${problem}`;
    });
    const more = problems.length > NAMED_MAX ? `; and ${problems.length - NAMED_MAX} more` : '';
    return down(
      `Of ${asked.length} server(s) that agents need ${problems.length} would take no call: ${named.join('; ')}${more}.`,
      fixesOf(problems),
      detail,
    );
  },
};

/** Options with which a call would not even be begun are the business of `agents`. */
async function neededBy(
  workflows: ReadonlyArray<{
    workflow_id: number;
    user_id: number;
    agent: string;
    agent_options: string;
  }>,
  agents: AgentRegistry,
): Promise<Needed[]> {
  const needed = new Map<string, Needed>();
  for (const { workflow_id: id, user_id: userId, agent: name, agent_options: text } of workflows) {
    const agent = agents.find(name);
    const options = JSON.parse(text) as Record<string, unknown>;
    if (!agent || (await agents.problemsWith(name, options, userId)).length > 0) continue;
    for (const server of serversOf(agent, options)) {
      const key = JSON.stringify([name, server.id]);
      const known = needed.get(key);
      if (known) known.workflows.push(id);
      else needed.set(key, { agent: name, server, workflows: [id] });
    }
  }
  return [...needed.values()];
}

/** An agent from elsewhere may throw, which is no fault of its servers. */
function serversOf(agent: Agent, options: Readonly<Record<string, unknown>>) {
  try {
    return agent.serversOf(options);
  } catch {
    return [];
  }
}

async function ask({ agent, server, workflows }: Needed, ended: AbortSignal) {
  const signal = AbortSignal.any([ended, AbortSignal.timeout(ASK_MS)]);
  const late = new Promise<{ problem: string; fix: string }>((resolve) => {
    const fix = 'Look at the server, and at the network in between.';
    const tell = (): void => resolve({ problem: 'it does not answer in time', fix });
    signal.addEventListener('abort', tell, { once: true });
  });
  const about = { agent, name: server.name, workflows };
  try {
    const found = await Promise.race([server.ask(signal), late]);
    return found && { ...about, ...found };
  } catch (error) {
    const message = maskText(error instanceof Error ? error.message : 'no reason given');
    return { ...about, problem: message, fix: 'Look at the agent’s own log.' };
  }
}
