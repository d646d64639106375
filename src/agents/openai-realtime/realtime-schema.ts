import { TOOLS_SCHEMA } from '../models/tools-schema.js';

/** OpenAI's newest models of November 2026; the ones before them are to be switched off in the next months. */
export const DEFAULT_MODEL = 'gpt-realtime-2.1';
export const DEFAULT_TRANSCRIPTION_MODEL = 'gpt-transcribe';
export const DEFAULT_VOICE = 'marin';
/** Those that come with the API; a custom voice has an id. */
const VOICES = [
  DEFAULT_VOICE,
  'cedar',
  'alloy',
  'ash',
  'ballad',
  'coral',
  'echo',
  'sage',
  'shimmer',
  'verse',
];

/** JSON schema of the options of the agent `openai-realtime`; `title` is the label for people. */
export const REALTIME_SCHEMA = {
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
      description: 'How to open the conversation; absent: the caller speaks first.',
    },
    model: {
      type: 'string',
      title: 'Model',
      minLength: 1,
      maxLength: 100,
      default: DEFAULT_MODEL,
      examples: [DEFAULT_MODEL, 'gpt-realtime-2.1-mini', 'gpt-realtime-2'],
    },
    voice: {
      type: 'string',
      title: 'Voice',
      minLength: 1,
      maxLength: 100,
      default: DEFAULT_VOICE,
      examples: VOICES,
      description: 'A voice by name, or a custom voice by its id (`voice_…`).',
    },
    tools: TOOLS_SCHEMA,
    speed: {
      type: 'number',
      title: 'Speed of speech',
      minimum: 0.25,
      maximum: 1.5,
      description: "As a multiple of the voice's own; absent: 1.",
    },
    temperature: {
      type: 'number',
      title: 'Temperature',
      minimum: 0.6,
      maximum: 1.2,
      description: "How varied the model's answers are; absent: the model's own.",
    },
    reasoning_effort: {
      oneOf: [
        { const: 'minimal', title: 'Minimal' },
        { const: 'low', title: 'Low' },
        { const: 'medium', title: 'Medium' },
        { const: 'high', title: 'High' },
        { const: 'xhigh', title: 'Very high' },
      ],
      title: 'Reasoning effort',
      description:
        "How long the model may think before it answers, for models that reason; absent: the model's own.",
    },
    max_output_tokens: {
      type: 'integer',
      title: 'Longest answer, in tokens',
      minimum: 1,
      maximum: 4_096,
      description: 'Of one answer, its tools included; absent: as much as the model can.',
    },
    turn_detection: {
      oneOf: [
        { const: 'server_vad', title: 'By silence' },
        { const: 'semantic_vad', title: 'By what the caller says' },
      ],
      title: 'How the end of speech is found',
      default: 'server_vad',
      description: 'How to tell that the caller has finished: by silence, or by what they say.',
    },
    vad_threshold: {
      type: 'number',
      title: 'Speech threshold',
      minimum: 0,
      maximum: 1,
      description: 'By silence (`server_vad`): how loud speech is; higher where it is noisy.',
    },
    vad_silence_ms: {
      type: 'integer',
      title: 'Silence that ends a turn, in milliseconds',
      minimum: 100,
      maximum: 5_000,
      description:
        "By silence (`server_vad`): shorter answers sooner, and more often into a pause. OpenAI's own is 500.",
    },
    vad_prefix_ms: {
      type: 'integer',
      title: 'Audio kept before speech, in milliseconds',
      minimum: 0,
      maximum: 5_000,
      description: "By silence (`server_vad`). OpenAI's own is 300.",
    },
    idle_timeout_ms: {
      type: 'integer',
      title: 'Speak again after silence, in milliseconds',
      minimum: 5_000,
      maximum: 30_000,
      description:
        'By silence (`server_vad`): the model speaks to a caller who has said nothing for so long. Absent: it waits.',
    },
    eagerness: {
      oneOf: [
        { const: 'low', title: 'Low: after 8 seconds at the latest' },
        { const: 'medium', title: 'Medium: after 4 seconds at the latest' },
        { const: 'high', title: 'High: after 2 seconds at the latest' },
        { const: 'auto', title: 'As OpenAI sets it, which is medium' },
      ],
      title: 'Eagerness',
      description: 'By what the caller says (`semantic_vad`): how soon it answers.',
    },
    noise_reduction: {
      oneOf: [
        { const: 'near_field', title: 'For handsets and headsets' },
        { const: 'far_field', title: 'For speakerphones' },
      ],
      title: 'Noise reduction',
      description: 'Of what the caller says, before it is listened to. Absent: none.',
    },
    transcription_model: {
      type: ['string', 'null'],
      title: 'Transcription model',
      minLength: 1,
      maxLength: 100,
      default: DEFAULT_TRANSCRIPTION_MODEL,
      examples: [DEFAULT_TRANSCRIPTION_MODEL, 'gpt-realtime-whisper', 'gpt-4o-mini-transcribe'],
      description:
        'Writes down what the caller says, so that the model knows it in a new session, such as after the call was moved to another instance; OpenAI charges for it. `null`: nothing is written down.',
    },
    transcription_language: {
      type: 'string',
      title: 'Language of the transcription',
      pattern: '^[a-z]{2,3}$',
      description: 'ISO 639-1, such as `en`; absent: found out.',
    },
    transcription_prompt: {
      type: 'string',
      title: 'Hint for the transcription',
      minLength: 1,
      maxLength: 2_000,
      description: 'What the conversation is about, for models that take a hint.',
    },
    transcription_keywords: {
      type: 'array',
      title: 'Words for the transcription',
      maxItems: 100,
      items: { type: 'string', minLength: 1, maxLength: 100 },
      description: 'Names and words that occur, for models that take them.',
    },
  },
  required: ['instructions'],
  additionalProperties: false,
};
