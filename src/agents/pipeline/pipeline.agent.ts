import { Inject, Injectable } from '@nestjs/common';
import { Log } from '../../shared/logger.js';
import { sha256 } from '../../shared/sha256.js';
import {
  Agent,
  type AgentCall,
  type AgentNeed,
  type AgentServer,
  type AgentSession,
} from '../agent.js';
import { ModelServer, serverProblem, socketOf, type ServerAccess } from '../models/model-server.js';
import { ModelTools } from '../models/model-tools.js';
import { OpenAiSettings } from '../openai-realtime/openai-realtime.variables.js';
import { RelaySettings } from '../relay/relay.variables.js';
import { Sounds } from '../sounds.js';
import { ChatServer } from './chat-server.js';
import { Ear } from './ear.js';
import {
  DEFAULTS,
  PIPELINE_SCHEMA,
  SERVERS,
  type PipelineOptions,
  type ServerName,
} from './pipeline-options.js';
import { PipelineSession, type PipelineParts } from './pipeline-session.js';
import { SpeechServer } from './speech-server.js';
import { TranscriptionServer, type TranscriptionOptions } from './transcription-server.js';
import { TranscriptionSocket } from './transcription-socket.js';

/**
 * Listens, thinks and talks by three servers with an API like OpenAI's: what the caller says is transcribed turn by
 * turn, a chat model answers, and its answer is said sentence by sentence.
 */
@Injectable()
export class PipelineAgent extends Agent {
  readonly name = 'pipeline';
  readonly description =
    'Talks by a transcription server, a chat model and a speech server of your choice, local ones too.';
  readonly optionsSchema = PIPELINE_SCHEMA;
  override readonly resumes = true;

  constructor(
    private readonly openAi: OpenAiSettings,
    private readonly hosts: RelaySettings,
    @Inject(Sounds) private readonly sounds: Pick<Sounds, 'load'>,
    private readonly log: Log,
  ) {
    super();
  }

  override needs(): AgentNeed[] {
    return [
      {
        setting: 'OPENAI_API_KEY',
        required: false,
        met: this.openAi.apiKey !== null,
        purpose: 'The key for those of the three servers that a workflow does not name.',
        steps: [
          'Give the workflow the addresses of your own servers; or make a key at https://platform.openai.com/api-keys.',
          'Put `OPENAI_API_KEY=sk-…` into the file `.env` in the folder of Patchbay, or into its environment.',
          'Restart Patchbay.',
        ],
      },
      {
        setting: 'AGENT_ALLOWED_HOSTS',
        required: false,
        met: this.hosts.allowedHosts.length > 0,
        purpose: 'The servers that are private or speak plain http, such as on this machine.',
        steps: [
          'Put `AGENT_ALLOWED_HOSTS=127.0.0.1` into the file `.env`, with the hosts of your servers, separated by commas.',
          'Restart Patchbay.',
        ],
      },
    ];
  }

  override problemsWith(told: Readonly<Record<string, unknown>>): string[] {
    const options = optionsOf(told);
    return [
      ...SERVERS.flatMap((name) => this.problemOf(name, options)),
      ...new ModelTools(options.tools).problems(),
    ];
  }

  override serversOf(told: Readonly<Record<string, unknown>>): readonly AgentServer[] {
    const options = optionsOf(told);
    return SERVERS.flatMap((name): AgentServer[] => {
      if (this.problemOf(name, options).length > 0) return [];
      const access = this.accessOf(name, options);
      const server = new ModelServer(`the ${name} server`, access);
      return [
        {
          name: `the ${name} server at ${new URL(access.baseUrl).host}`,
          id: `${access.baseUrl} ${sha256(access.key ?? '')}`,
          ask: (signal) => server.fault(signal),
        },
      ];
    });
  }

  answer(call: AgentCall): AgentSession {
    // They are checked again, because settings may have changed since the options were saved.
    const [problem] = this.problemsWith(call.options);
    if (problem !== undefined) throw new Error(problem);
    const options = { ...DEFAULTS, ...optionsOf(call.options) };
    const server = (name: ServerName): ModelServer =>
      new ModelServer(`the ${name} server`, this.accessOf(name, options));
    const { speed, temperature, max_tokens: maxTokens, transcription_language: language } = options;
    const speech = new SpeechServer(server('speech'), {
      model: options.speech_model,
      voice: options.voice,
      format: options.speech_format,
      sampleRate: options.speech_sample_rate,
      wordTimes: options.speech_word_times,
      ...(speed === undefined ? {} : { speed }),
    });
    const transcribed: TranscriptionOptions = {
      model: options.transcription_model,
      ...(language === undefined ? {} : { language }),
    };
    const socket =
      options.transcription_by === 'socket'
        ? new TranscriptionSocket(
            socketOf(this.accessOf('transcription', options), 'realtime?intent=transcription'),
            transcribed,
            (reason) => call.note('transcription_socket_failed', { reason }),
          )
        : null;
    socket?.open();
    const session = new PipelineSession(call, {
      instructions: options.instructions,
      greeting: options.greeting ?? null,
      tools: new ModelTools(options.tools, call.transferTargets),
      chat: new ChatServer(server('chat'), {
        model: options.chat_model,
        ...(temperature === undefined ? {} : { temperature }),
        ...(maxTokens === undefined ? {} : { maxTokens }),
      }),
      ear: new Ear(
        new TranscriptionServer(server('transcription'), transcribed),
        socket,
        call.signal,
      ),
      speech,
      wait: this.waitOf(speech, call),
      log: this.log,
    });
    session.begin();
    return session;
  }

  private waitOf(
    speech: SpeechServer,
    { onWait, facts, signal }: AgentCall,
  ): PipelineParts['wait'] {
    if (onWait === null) return null;
    if ('sound' in onWait) {
      return { sentence: null, load: () => this.sounds.load(onWait.sound, facts.userId) };
    }
    return { sentence: onWait.text, load: () => speech.whole(onWait.text, signal) };
  }

  private problemOf(name: ServerName, options: PipelineOptions): string[] {
    const own = options[`${name}_url`];
    if (own === undefined) {
      return this.openAi.apiKey === null
        ? [`${name}_url is missing, and OPENAI_API_KEY, for OpenAI's server, is not set`]
        : [];
    }
    const problem = serverProblem({ baseUrl: own, allowedHosts: this.hosts.allowedHosts });
    return problem === null ? [] : [`${name}_url ${problem}`];
  }

  private accessOf(name: ServerName, options: PipelineOptions): ServerAccess {
    const own = options[`${name}_url`];
    if (own !== undefined) {
      const { allowedHosts } = this.hosts;
      const key = options[`${name}_api_key`] ?? null;
      return { baseUrl: own.replace(/\/+$/, ''), key, allowedHosts };
    }
    const { apiKey: key, baseUrl } = this.openAi;
    // The operator chose it, private or not.
    return { baseUrl, key, allowedHosts: [new URL(baseUrl).hostname.toLowerCase()] };
  }
}

function optionsOf(options: Readonly<Record<string, unknown>>): PipelineOptions {
  return options as unknown as PipelineOptions;
}
