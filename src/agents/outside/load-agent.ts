import { pathToFileURL } from 'node:url';
import { AUDIO_FORMATS } from '../../audio/audio-format.js';
import { LATE, within } from '../../shared/within.js';
import { Agent, type AgentSetup } from '../agent.js';
import { importFault, thrownFault, type LoadFault } from './load-fault.js';

const NAME = /^[a-z0-9][a-z0-9-]{0,49}$/;
/** How long an import may take whose top level awaits something. */
const IMPORT_LIMIT_MS = 30_000;

export type Loaded = { agent: Agent } | { fault: LoadFault };

type AgentClass = new (setup: AgentSetup) => Agent;

/** Loads the agent of one file. A fault of the file is returned as a value, never thrown. */
export async function loadAgent(
  path: string,
  setup: AgentSetup,
  limitMs = IMPORT_LIMIT_MS,
): Promise<Loaded> {
  let exported: unknown;
  try {
    const imported = await within(limitMs, import(pathToFileURL(path).href));
    if (imported === LATE) return { fault: STALLED };
    exported = imported.default;
  } catch (error) {
    return { fault: importFault(path, error) };
  }
  if (exported === undefined) return { fault: NO_DEFAULT };
  if (!isAgentClass(exported)) return { fault: NOT_AN_AGENT };
  try {
    const agent = new exported(setup);
    const fault = faultOf(agent);
    return fault ? { fault } : { agent };
  } catch (error) {
    return { fault: thrownFault('is constructed', error) };
  }
}

const EXPORT_IT = 'Write `export default class … extends Agent`, with Agent of patchbay/agent.';
const NO_DEFAULT: LoadFault = { reason: 'it has no default export', fix: EXPORT_IT };
const NOT_AN_AGENT: LoadFault = {
  reason: 'its default export is no class that extends Agent of patchbay/agent',
  fix: `${EXPORT_IT} A bundler must leave patchbay/agent out (external).`,
};
const STALLED: LoadFault = {
  reason: 'its import does not come to an end',
  fix: 'What takes long, such as a connection, belongs into `answer`, not to the top level.',
};

function isAgentClass(value: unknown): value is AgentClass {
  return typeof value === 'function' && value.prototype instanceof Agent;
}

/** Checks each member: no compiler has checked an agent in plain JavaScript. */
function faultOf(agent: Agent): LoadFault | null {
  const { name, description, optionsSchema, audioFormat } = agent;
  if (typeof name !== 'string' || !NAME.test(name))
    return member('name', 'small letters, digits and hyphens, 50 at most, such as `greeter`');
  if (typeof description !== 'string' || description.trim() === '')
    return member('description', 'one sentence for people who choose an agent');
  if (typeof optionsSchema !== 'object' || optionsSchema === null)
    return member('optionsSchema', 'a JSON schema, such as `{ type: "object" }`');
  if (!AUDIO_FORMATS.includes(audioFormat))
    return member('audioFormat', `one of ${AUDIO_FORMATS.join(', ')}`);
  if (typeof agent.answer !== 'function')
    return member('answer', 'a method that returns a session');
  return null;
}

function member(name: string, wanted: string): LoadFault {
  return { reason: `its \`${name}\` is missing or is none`, fix: `\`${name}\` must be ${wanted}.` };
}
