import { Inject, Injectable } from '@nestjs/common';
import { Log } from '../../shared/logger.js';
import {
  Agent,
  type AgentCall,
  type AgentNeed,
  type AgentServer,
  type AgentSession,
} from '../agent.js';
import { askKey } from './ask-key.js';
import { OpenAiSettings } from './openai-realtime.variables.js';
import { optionProblems, type RealtimeOptions } from './realtime-options.js';
import { DEFAULT_MODEL, REALTIME_SCHEMA } from './realtime-schema.js';
import { RealtimeSession } from './realtime-session.js';
import { ModelTools } from '../models/model-tools.js';
import { Sounds } from '../sounds.js';

const NO_KEY = 'OPENAI_API_KEY is not set';

/** Speech to speech over OpenAI's Realtime API (OpenAI docs, "Realtime API with WebSocket"). */
@Injectable()
export class OpenAiRealtimeAgent extends Agent {
  readonly name = 'openai-realtime';
  readonly description = "Talks by OpenAI's Realtime API, speech to speech.";
  readonly optionsSchema = REALTIME_SCHEMA;
  override readonly resumes = true;

  constructor(
    private readonly settings: OpenAiSettings,
    @Inject(Sounds) private readonly sounds: Pick<Sounds, 'load' | 'problemsWith'>,
    private readonly log: Log,
  ) {
    super();
  }

  override needs(): AgentNeed[] {
    return [
      {
        setting: 'OPENAI_API_KEY',
        required: true,
        met: this.settings.apiKey !== null,
        purpose: 'The key with which calls are made to OpenAI, and paid for.',
        steps: [
          'Make a key at https://platform.openai.com/api-keys. Its account needs credit.',
          'Put `OPENAI_API_KEY=sk-…` into the file `.env` in the folder of Patchbay, or into its environment.',
          'Restart Patchbay.',
        ],
      },
    ];
  }

  override async problemsWith(
    options: Readonly<Record<string, unknown>>,
    userId: number,
  ): Promise<string[]> {
    const told = optionsOf(options);
    return [
      ...(this.settings.apiKey === null ? [NO_KEY] : []),
      ...optionProblems(told),
      ...new ModelTools(told.tools).problems(),
      ...(await this.sounds.problemsWith(told.on_wait === undefined ? [] : [told.on_wait], userId)),
    ];
  }

  override serversOf(): readonly AgentServer[] {
    const { apiKey: key, baseUrl: base } = this.settings;
    if (key === null) return [];
    const name = `the API at ${new URL(base).host}`;
    return [{ name, id: base, ask: (signal) => askKey(base, key, signal) }];
  }

  answer(call: AgentCall): AgentSession {
    const { apiKey: key, baseUrl: base } = this.settings;
    if (key === null) throw new Error(NO_KEY);
    const options = optionsOf(call.options);
    const url = new URL(`${base.replace(/^http/, 'ws')}/realtime`);
    url.searchParams.set('model', options.model ?? DEFAULT_MODEL);
    // This is no longer a field of the session, where it is refused. It is in the URL, as in Twilio's own example.
    if (options.temperature !== undefined) {
      url.searchParams.set('temperature', String(options.temperature));
    }
    const { on_wait: sound } = options;
    const loadWait = sound === undefined ? null : () => this.sounds.load(sound, call.facts.userId);
    const parts = { place: { url, key }, loadWait, log: this.log };
    const session = new RealtimeSession(call, options, parts);
    session.begin();
    return session;
  }
}

function optionsOf(options: Readonly<Record<string, unknown>>): RealtimeOptions {
  return options as unknown as RealtimeOptions;
}
