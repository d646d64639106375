/**
 * The formats in which agents hear and speak audio, always one channel.
 * - `mulaw_8000`: G.711 μ-law, one byte a sample, which is what carriers send
 * - `pcm_8000`, `pcm_16000`, `pcm_24000`: 16-bit signed little-endian, that many samples a second
 */
export const AUDIO_FORMATS = ['mulaw_8000', 'pcm_8000', 'pcm_16000', 'pcm_24000'] as const;
export type AudioFormat = (typeof AUDIO_FORMATS)[number];
