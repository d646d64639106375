import { DEFAULT_TRANSCRIPTION_MODEL, DEFAULT_VOICE } from './realtime-schema.js';
import type { ModelTool } from '../models/model-tools.js';

/** By {@link REALTIME_SCHEMA}. */
export interface RealtimeOptions {
  instructions: string;
  greeting?: string;
  model?: string;
  voice?: string;
  speed?: number;
  temperature?: number;
  reasoning_effort?: string;
  max_output_tokens?: number;
  turn_detection?: 'server_vad' | 'semantic_vad';
  vad_threshold?: number;
  vad_silence_ms?: number;
  vad_prefix_ms?: number;
  idle_timeout_ms?: number;
  eagerness?: string;
  noise_reduction?: string;
  tools?: ModelTool[];
  transcription_model?: string | null;
  transcription_language?: string;
  transcription_prompt?: string;
  transcription_keywords?: string[];
}

const SERVER_VAD_ONLY = [
  'vad_threshold',
  'vad_silence_ms',
  'vad_prefix_ms',
  'idle_timeout_ms',
] as const;

/** Options that fit the schema and not each other, in words. */
export function optionProblems(options: RealtimeOptions): string[] {
  const isSemantic = options.turn_detection === 'semantic_vad';
  const misplaced = isSemantic ? SERVER_VAD_ONLY.filter((name) => options[name] !== undefined) : [];
  return [
    ...misplaced.map((name) => `${name} is for turn_detection server_vad only`),
    ...(!isSemantic && options.eagerness !== undefined
      ? ['eagerness is for turn_detection semantic_vad only']
      : []),
  ];
}

/**
 * The message that sets a session up. What the options do not say is left to the server.
 * @param tools in the form of `session.update`
 */
export function sessionUpdate(options: RealtimeOptions, tools: readonly object[]): object {
  const { instructions, reasoning_effort: effort, voice = DEFAULT_VOICE, speed } = options;
  const { noise_reduction: noise } = options;
  const format = { type: 'audio/pcmu' };
  return {
    type: 'session.update',
    session: {
      type: 'realtime',
      instructions,
      output_modalities: ['audio'],
      ...given({ max_output_tokens: options.max_output_tokens }),
      ...(effort === undefined ? {} : { reasoning: { effort } }),
      audio: {
        input: {
          format,
          ...(noise === undefined ? {} : { noise_reduction: { type: noise } }),
          ...transcription(options),
          turn_detection: turnDetection(options),
        },
        output: {
          format,
          voice: voice.startsWith('voice_') ? { id: voice } : voice,
          ...given({ speed }),
        },
      },
      tools,
      tool_choice: 'auto',
    },
  };
}

function transcription(options: RealtimeOptions): object {
  const { transcription_model: model = DEFAULT_TRANSCRIPTION_MODEL } = options;
  if (model === null) return {};
  const {
    transcription_language: language,
    transcription_prompt: prompt,
    transcription_keywords: keywords,
  } = options;
  return { transcription: { model, ...given({ language, prompt, keywords }) } };
}

function turnDetection(options: RealtimeOptions): object {
  const { turn_detection: type = 'server_vad', eagerness } = options;
  return {
    type,
    ...given({
      threshold: options.vad_threshold,
      silence_duration_ms: options.vad_silence_ms,
      prefix_padding_ms: options.vad_prefix_ms,
      idle_timeout_ms: options.idle_timeout_ms,
      eagerness,
    }),
    create_response: true,
    // Only our side cancels, because a second cancel would be refused.
    interrupt_response: false,
  };
}

/** Without what is not given. */
function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
