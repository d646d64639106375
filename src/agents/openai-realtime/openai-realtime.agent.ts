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
  // The model itself says what it likes, and the API has no speech of a given text.
  override readonly waits = 'sound';

  constructor(
    private readonly settings: OpenAiSettings,
    @Inject(Sounds) private readonly sounds: Pick<Sounds, 'load'>,
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

  override problemsWith(options: Readonly<Record<string, unknown>>): string[] {
    const told = optionsOf(options);
    return [
      ...(this.settings.apiKey === null ? [NO_KEY] : []),
      ...optionProblems(told),
      ...new ModelTools(told.tools).problems(),
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
    const { onWait, facts } = call;
    const loadWait =
      onWait && 'sound' in onWait ? () => this.sounds.load(onWait.sound, facts.userId) : null;
    const parts = { place: { url, key }, loadWait, log: this.log };
    const session = new RealtimeSession(call, options, parts);
    session.begin();
    return session;
  }
}

function optionsOf(options: Readonly<Record<string, unknown>>): RealtimeOptions {
  return options as unknown as RealtimeOptions;
}
