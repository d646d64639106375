import type { Tone } from './statuses.js';

const TITLES: Record<string, { title: string; tone: Tone }> = {
  started: { title: 'Transcript begun', tone: 'neutral' },
  complete: { title: 'Transcript complete', tone: 'neutral' },
  failed: { title: 'The recording could not be transcribed', tone: 'bad' },
};

/** What an event of type `transcript` says, and what a transcription has cost. */
export function transcriptStep(detail: Record<string, unknown>): {
  title: string;
  notes: string[];
  tone: Tone;
} {
  const { step, by, requests, seconds, reason } = detail;
  const words = TITLES[String(step)] ?? { title: `Transcript: ${String(step)}`, tone: 'neutral' };
  const notes =
    step === 'failed' ? [] : [by === 'agent' ? 'told by the agent' : 'of the recording'];
  if (typeof requests === 'number')
    notes.push(`${requests} requests, ${String(seconds)} s of audio`);
  if (typeof reason === 'string') notes.push(reason.replaceAll('_', ' '));
  return { ...words, notes };
}
