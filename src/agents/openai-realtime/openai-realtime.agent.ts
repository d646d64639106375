import { Injectable } from '@nestjs/common';
import { Log } from '../../shared/logger.js';
import { Agent, type AgentCall, type AgentSession } from '../agent.js';
import { OpenAiSettings } from './openai-realtime.variables.js';
import type { RealtimeOptions } from './realtime-options.js';
import { RealtimeSession } from './realtime-session.js';
import { RealtimeTools } from './realtime-tools.js';

const NO_KEY = 'OPENAI_API_KEY is not set';

/** Speech to speech over OpenAI's Realtime API (OpenAI docs, "Realtime API with WebSocket"). */
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
      temperature: {
        type: 'number',
        minimum: 0.6,
        maximum: 1.2,
        description: "How varied the model's answers are; absent: the model's own.",
      },
      turn_detection: {
        enum: ['server_vad', 'semantic_vad'],
        default: 'server_vad',
        description: 'How to tell that the caller has finished: by silence, or by what they say.',
      },
      vad_threshold: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        description: 'How loud speech is, for `server_vad`; higher where it is noisy.',
      },
      transcription_model: {
        type: ['string', 'null'],
        minLength: 1,
        maxLength: 100,
        default: 'gpt-4o-mini-transcribe',
        description:
          'Writes down what the caller says, so that the model knows it after the call was moved to another instance; OpenAI charges for it. `null`: nothing is written down.',
      },
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
  override readonly resumes = true;

  constructor(
    private readonly settings: OpenAiSettings,
    private readonly log: Log,
  ) {
    super();
  }

  override problemsWith(options: Readonly<Record<string, unknown>>): string[] {
    const { tools, turn_detection: turns, vad_threshold: threshold } = optionsOf(options);
    return [
      ...(this.settings.apiKey === null ? [NO_KEY] : []),
      ...(turns === 'semantic_vad' && threshold !== undefined
        ? ['vad_threshold is for turn_detection server_vad only']
        : []),
      ...new RealtimeTools(tools).problems(),
    ];
  }

  answer(call: AgentCall): AgentSession {
    const { apiKey: key, baseUrl: base } = this.settings;
    if (key === null) throw new Error(NO_KEY);
    const options = optionsOf(call.options);
    const url = new URL(`${base.replace(/^http/, 'ws')}/realtime`);
    url.searchParams.set('model', options.model ?? 'gpt-realtime');
    // This is no longer a field of the session, where it is refused. It is in the URL, as in Twilio's own example.
    if (options.temperature !== undefined) {
      url.searchParams.set('temperature', String(options.temperature));
    }
    const session = new RealtimeSession(call, options, { url, key }, this.log);
    session.begin();
    return session;
  }
}

function optionsOf(options: Readonly<Record<string, unknown>>): RealtimeOptions {
  return options as unknown as RealtimeOptions;
}
