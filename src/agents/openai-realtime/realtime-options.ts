import type { RealtimeTool } from './realtime-tools.js';

export interface RealtimeOptions {
  instructions: string;
  greeting?: string;
  model?: string;
  voice?: string;
  temperature?: number;
  turn_detection?: 'server_vad' | 'semantic_vad';
  vad_threshold?: number;
  tools?: RealtimeTool[];
  transcription_model?: string | null;
}

/**
 * The message that sets a session up.
 * @param tools in the form of `session.update`
 */
export function sessionUpdate(options: RealtimeOptions, tools: readonly object[]): object {
  const { instructions, voice, turn_detection: type, vad_threshold: threshold } = options;
  const { transcription_model: model = 'gpt-4o-mini-transcribe' } = options;
  const format = { type: 'audio/pcmu' };
  return {
    type: 'session.update',
    session: {
      type: 'realtime',
      instructions,
      output_modalities: ['audio'],
      audio: {
        input: {
          format,
          ...(model === null ? {} : { transcription: { model } }),
          turn_detection: {
            type: type ?? 'server_vad',
            ...(threshold === undefined ? {} : { threshold }),
            create_response: true,
            // Only our side cancels, because a second cancel would be refused.
            interrupt_response: false,
          },
        },
        output: { format, voice: voice ?? 'marin' },
      },
      tools,
      tool_choice: 'auto',
    },
  };
}
