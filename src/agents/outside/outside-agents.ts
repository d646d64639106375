import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { fileStartError } from '../../shared/file-fault.js';
import { Log } from '../../shared/logger.js';
import { codeOf, StartError } from '../../shared/start-error.js';
import { AgentRegistry } from '../agent-registry.js';
import { AgentSettings } from '../agents.variables.js';
import { serveAgentImports } from './agent-imports.js';
import { AgentVariables } from './agent-variables.js';
import { loadAgent } from './load-agent.js';
import type { LoadFault } from './load-fault.js';

const SETTING = 'AGENTS_DIR';
const AGENT_FILE = /\.agent\.m?js$/;

/** Registers the agents of `AGENTS_DIR` at the start, in addition to those of the source. */
@Injectable()
export class OutsideAgents implements OnModuleInit {
  constructor(
    private readonly settings: AgentSettings,
    private readonly variables: AgentVariables,
    private readonly registry: AgentRegistry,
    private readonly log: Log,
  ) {}

  /**
   * Registers all agents or none, because a workflow whose agent is missing would
   * fail each of its calls. @throws StartError naming every file that cannot be
   * used
   */
  async onModuleInit(): Promise<void> {
    if (this.settings.agentsDir === null) return;
    const folder = resolve(this.settings.agentsDir);
    const files = await agentFiles(folder);
    serveAgentImports();
    const agents: Record<string, string> = {};
    const faults: string[] = [];
    for (const file of files) {
      const plugged = await this.plugIn(join(folder, file));
      if ('name' in plugged) agents[plugged.name] = file;
      else faults.push(`${file}: ${plugged.fault.reason}. ${plugged.fault.fix}`);
    }
    if (faults.length > 0) throw loadError(folder, faults);
    this.log.info('agents.loaded', { folder, agents });
  }

  private async plugIn(path: string): Promise<{ name: string } | { fault: LoadFault }> {
    const loaded = await loadAgent(path, { log: this.log, env: this.variables.env });
    if ('fault' in loaded) return loaded;
    const { agent } = loaded;
    if (this.registry.find(agent.name)) {
      return {
        fault: {
          reason: `there is an agent "${agent.name}" already`,
          fix: 'Give it a name of its own.',
        },
      };
    }
    try {
      this.registry.register(agent);
      return { name: agent.name };
    } catch (error) {
      return {
        fault: {
          reason: `its \`optionsSchema\` is not a JSON schema in strict mode: ${String(error)}`,
          fix: 'Correct the schema; GET /api/v1/agents shows those of the other agents.',
        },
      };
    }
  }
}

/** Lists the agents' files by name, so that every start is the same. @throws StartError */
async function agentFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => AGENT_FILE.test(name)).toSorted();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw fileStartError(SETTING, folder, error);
    throw new StartError(
      SETTING,
      `the folder ${folder} is not there`,
      'Name the folder of your agents, or leave it out.',
    );
  }
}

function loadError(folder: string, faults: readonly string[]): StartError {
  const many = faults.length === 1 ? 'an agent' : `${faults.length} agents`;
  return new StartError(
    SETTING,
    `${many} in ${folder} cannot be loaded`,
    faults.join(`\n  ${SETTING}: `),
  );
}
