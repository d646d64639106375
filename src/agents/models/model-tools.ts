import { jsonObjectIn } from '../../shared/json-object.js';
import type { AgentCall } from '../agent.js';

export interface ModelTool {
  name: string;
  description: string;
  /** JSON schema of the arguments. */
  parameters?: Record<string, unknown>;
}

export const HANG_UP = 'hang_up';
export const SET_FACTS = 'set_facts';
export const TRANSFER = 'transfer_call';

const NO_PARAMETERS: Record<string, unknown> = { type: 'object', properties: {} };

/** The tools that always exist. */
const BUILT_IN: readonly ModelTool[] = [
  {
    name: HANG_UP,
    description:
      'Ends the call, once what you have said has been heard. Say goodbye first. If the caller speaks before the end, the call goes on.',
  },
  {
    name: SET_FACTS,
    description: 'Stores what you have found out in this call, by name.',
    parameters: { type: 'object', additionalProperties: true },
  },
];

/** Characters. */
const ANNOUNCEMENT_MAX = 500;
/** The size of all tools together as JSON. The model reads them again with each response. */
const TOOLS_MAX_BYTES = 64 * 1024;

export type ToolOutcome = { ok: true } | { ok: false; error: string };

/** What the model may do besides talking. Tools from an agent's options only store their arguments. */
export class ModelTools {
  /** @param targets the people to whom the model may transfer the call, by name: it sees no number */
  constructor(
    private readonly added: readonly ModelTool[] = [],
    private readonly targets: readonly string[] = [],
  ) {}

  /** What is wrong with them, in words. */
  problems(): string[] {
    const names = [...BUILT_IN, ...this.added].map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) < at);
    const shapeless = this.added.find(
      ({ parameters = NO_PARAMETERS }) => parameters['type'] !== 'object',
    );
    return [
      ...(twice === undefined ? [] : [`tools has "${twice}" more than once`]),
      ...(shapeless === undefined
        ? []
        : [`tools: the parameters of "${shapeless.name}" must be a JSON schema of type "object"`]),
      ...(Buffer.byteLength(JSON.stringify(this.added)) <= TOOLS_MAX_BYTES
        ? []
        : [`tools may hold ${TOOLS_MAX_BYTES} bytes of JSON`]),
    ];
  }

  /** The tools in the form of `session.update`. */
  declared(): object[] {
    return [...BUILT_IN, ...this.transfer(), ...this.added].map(
      ({ name, description, parameters = NO_PARAMETERS }) => ({
        type: 'function',
        name,
        description,
        parameters,
      }),
    );
  }

  /** Whether a tool of this name transfers the call. */
  transfers(name: string): boolean {
    return name === TRANSFER && this.transfer().length > 0;
  }

  /** What the model wants by {@link TRANSFER}, or what is wrong with that. */
  wish(args: string): { target: string; announce?: string } | { ok: false; error: string } {
    const { target, announce } = jsonObjectIn(args) ?? {};
    if (typeof target !== 'string' || !this.targets.includes(target)) {
      return { ok: false, error: `target must be one of ${this.targets.join(', ')}` };
    }
    const isText = typeof announce === 'string' && announce.trim() !== '';
    return isText ? { target, announce: announce.slice(0, ANNOUNCEMENT_MAX) } : { target };
  }

  /** A tool of the workflow's own of that name takes precedence. */
  private transfer(): ModelTool[] {
    const { targets } = this;
    if (targets.length === 0 || this.added.some(({ name }) => name === TRANSFER)) return [];
    return [
      {
        name: TRANSFER,
        description:
          'Connects the caller with a person, once what you have said has been heard; you are not in the call any more then. Tell the caller before. If that person is not reached, the caller comes back to you.',
        parameters: {
          type: 'object',
          properties: {
            target: { type: 'string', enum: targets, description: 'Who it is.' },
            announce: {
              type: 'string',
              description: 'One sentence that the person hears before the caller, if it helps.',
            },
          },
          required: ['target'],
        },
      },
    ];
  }

  /** Carries out every tool but {@link HANG_UP} and {@link TRANSFER}, which take time. The model is told about errors and may correct them. */
  use(name: string, args: string, call: Pick<AgentCall, 'setFacts'>): ToolOutcome {
    if (name !== SET_FACTS && !this.added.some((tool) => tool.name === name)) {
      return { ok: false, error: 'there is no such tool' };
    }
    const told = jsonObjectIn(args);
    if (told === null) return { ok: false, error: 'the arguments must be a JSON object' };
    try {
      call.setFacts(name === SET_FACTS ? told : { [name]: told });
      return { ok: true };
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error.message : 'it was not stored' };
    }
  }
}
