import { TOOLS_SCHEMA } from '../models/tools-schema.js';
import type { ModelTool } from '../models/model-tools.js';

export interface PipelineOptions {
  instructions: string;
  greeting?: string;
  tools?: ModelTool[];
  chat_url?: string;
  chat_model?: string;
  chat_api_key?: string;
  temperature?: number;
  max_tokens?: number;
  transcription_url?: string;
  transcription_model?: string;
  transcription_api_key?: string;
  transcription_language?: string;
  transcription_by?: 'upload' | 'socket';
  speech_url?: string;
  speech_model?: string;
  speech_api_key?: string;
  voice?: string;
  speed?: number;
  speech_format?: 'pcm' | 'wav';
  speech_sample_rate?: number;
  speech_word_times?: 'none' | 'captioned_speech';
}

/** The three servers, by the beginning of their options' names. */
export const SERVERS = ['chat', 'transcription', 'speech'] as const;
export type ServerName = (typeof SERVERS)[number];

export const DEFAULTS = {
  chat_model: 'gpt-4o-mini',
  transcription_model: 'gpt-4o-mini-transcribe',
  transcription_by: 'upload',
  speech_model: 'gpt-4o-mini-tts',
  voice: 'alloy',
  speech_format: 'pcm',
  speech_sample_rate: 24_000,
  speech_word_times: 'none',
} as const;

const url = (what: string) => ({
  type: 'string',
  title: `Address of the ${what} server`,
  maxLength: 500,
  pattern: '^https?://',
  examples: ['http://127.0.0.1:8000/v1'],
  description:
    "With an API like OpenAI's, up to and with `/v1`; one that is private or speaks plain http must be in `AGENT_ALLOWED_HOSTS`. Absent: OpenAI's, with `OPENAI_API_KEY`.",
});
const key = (what: string) => ({
  type: 'string',
  title: `Key of the ${what} server`,
  writeOnly: true,
  minLength: 1,
  maxLength: 500,
  description: 'Sent as a bearer token, to the address above alone. Absent: none is sent.',
});
const model = (what: string, byDefault: string) => ({
  type: 'string',
  title: `Model of the ${what} server`,
  minLength: 1,
  maxLength: 200,
  default: byDefault,
});

/** JSON schema of the options of the agent `pipeline`; `title` is the label for people. */
export const PIPELINE_SCHEMA = {
  type: 'object',
  properties: {
    instructions: {
      type: 'string',
      title: 'Instructions',
      minLength: 1,
      maxLength: 50_000,
      description: 'What the model is, and how it shall talk.',
    },
    greeting: {
      type: 'string',
      title: 'Greeting',
      minLength: 1,
      maxLength: 2_000,
      description: 'Said word by word when the call begins; absent: the caller speaks first.',
    },
    tools: TOOLS_SCHEMA,
    chat_url: url('chat'),
    chat_model: model('chat', DEFAULTS.chat_model),
    chat_api_key: key('chat'),
    temperature: {
      type: 'number',
      title: 'Temperature',
      minimum: 0,
      maximum: 2,
      description: "How varied the model's answers are; absent: the model's own.",
    },
    max_tokens: {
      type: 'integer',
      title: 'Longest answer, in tokens',
      minimum: 1,
      maximum: 16_384,
      description: 'Of one answer; absent: as much as the model can.',
    },
    transcription_url: url('transcription'),
    transcription_model: model('transcription', DEFAULTS.transcription_model),
    transcription_api_key: key('transcription'),
    transcription_language: {
      type: 'string',
      title: 'Language of the caller',
      pattern: '^[a-z]{2,3}$',
      description: 'ISO 639-1, such as `en`; absent: found out.',
    },
    transcription_by: {
      oneOf: [
        { const: 'upload', title: 'By upload, after each turn' },
        { const: 'socket', title: 'By socket, while the caller speaks' },
      ],
      title: 'Way to the transcription server',
      default: DEFAULTS.transcription_by,
      description:
        "`upload`: each turn when it is over; `socket`: while the caller speaks, by a transcription session like OpenAI's at `…/realtime?intent=transcription`, and by upload where that fails.",
    },
    speech_url: url('speech'),
    speech_model: model('speech', DEFAULTS.speech_model),
    speech_api_key: key('speech'),
    voice: {
      type: 'string',
      title: 'Voice',
      minLength: 1,
      maxLength: 200,
      default: DEFAULTS.voice,
      description: 'By its name at the speech server.',
    },
    speed: {
      type: 'number',
      title: 'Speed of speech',
      minimum: 0.25,
      maximum: 4,
      description: "As a multiple of the voice's own; absent: nothing is said of it.",
    },
    speech_format: {
      oneOf: [
        { const: 'pcm', title: 'Raw samples (PCM)' },
        { const: 'wav', title: 'WAV' },
      ],
      title: 'Form of the speech',
      default: DEFAULTS.speech_format,
      description:
        'What the speech server is asked for. A WAV says how many samples a second it has.',
    },
    speech_sample_rate: {
      type: 'integer',
      title: 'Samples of raw speech a second',
      minimum: 8_000,
      maximum: 48_000,
      default: DEFAULTS.speech_sample_rate,
      description: "Of `pcm`; OpenAI's is 24,000.",
    },
    speech_word_times: {
      oneOf: [
        { const: 'none', title: 'Estimated' },
        { const: 'captioned_speech', title: 'Told as by Kokoro-FastAPI' },
      ],
      title: 'Times of words',
      default: DEFAULTS.speech_word_times,
      description:
        'How the speech server tells when each word is over, for a caller who interrupts: `captioned_speech` for Kokoro-FastAPI, which is asked at `/dev/captioned_speech`; `none`: it is estimated.',
    },
  },
  required: ['instructions'],
  additionalProperties: false,
};
