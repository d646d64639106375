import { Injectable } from '@nestjs/common';
import { AgentSettings } from '../../config/settings.js';
import { Agent, type AgentCall, type AgentSession } from '../agent.js';
import { RealtimeSession, type RealtimeOptions } from './realtime-session.js';

const BUILT_IN = new Set(['hang_up', 'set_facts']);

/** Speech to speech over OpenAI's Realtime API (OpenAI docs, "Realtime API", WebSocket). */
@Injectable()
export class OpenAiRealtimeAgent extends Agent {
  readonly name = 'openai-realtime';
  readonly description = "Talks by OpenAI's Realtime API, speech to speech.";
  readonly optionsSchema = {
    type: 'object',
    properties: {
      instructions: { type: 'string', minLength: 1, maxLength: 50_000 },
      greeting: {
        type: 'string',
        minLength: 1,
        maxLength: 2_000,
        description: 'How to open the conversation; absent: the caller speaks first.',
      },
      model: { type: 'string', minLength: 1, maxLength: 100, default: 'gpt-realtime' },
      voice: { type: 'string', minLength: 1, maxLength: 100, default: 'marin' },
      turn_detection: { enum: ['server_vad', 'semantic_vad'], default: 'server_vad' },
      tools: {
        type: 'array',
        maxItems: 32,
        description:
          'What the model may find out: the arguments of each are stored as facts of the call under its name. `hang_up` and `set_facts` are there always.',
        items: {
          type: 'object',
          properties: {
            name: { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,64}$' },
            description: { type: 'string', minLength: 1, maxLength: 2_000 },
            parameters: { type: 'object', description: 'JSON schema of the arguments.' },
          },
          required: ['name', 'description'],
          additionalProperties: false,
        },
      },
    },
    required: ['instructions'],
    additionalProperties: false,
  };

  constructor(private readonly settings: AgentSettings) {
    super();
  }

  override problemsWith(options: Readonly<Record<string, unknown>>): string[] {
    const names = (optionsOf(options).tools ?? []).map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) < at || BUILT_IN.has(name));
    return [
      ...(this.settings.openAiApiKey === null
        ? ['OPENAI_API_KEY is not set: without it this agent cannot be used']
        : []),
      ...(twice === undefined ? [] : [`tools has "${twice}" more than once`]),
    ];
  }

  async answer(call: AgentCall): Promise<AgentSession> {
    const { openAiApiKey: key, openAiBaseUrl: base } = this.settings;
    if (key === null) throw new Error('OPENAI_API_KEY is not set');
    const options = optionsOf(call.options);
    const url = new URL(`${base.replace(/^http/, 'ws')}/realtime`);
    url.searchParams.set('model', options.model ?? 'gpt-realtime');
    const session = new RealtimeSession(call, options, url, key);
    await session.begin();
    return session;
  }
}

function optionsOf(options: Readonly<Record<string, unknown>>): RealtimeOptions {
  return options as unknown as RealtimeOptions;
}
