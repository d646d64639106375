import { m } from '../messages/all.js';
import { fill, plural } from '../messages/fill.js';
import type { Tone } from './statuses.js';

const TITLES: Record<string, { title: string; tone: Tone }> = {
  started: { title: m.timeline.transcriptBegun, tone: 'neutral' },
  complete: { title: m.timeline.transcriptComplete, tone: 'neutral' },
  failed: { title: m.timeline.theRecordingCouldNotBe, tone: 'bad' },
};

/** What an event of type `transcript` says, and what a transcription has cost. */
export function transcriptStep(detail: Record<string, unknown>): {
  title: string;
  notes: string[];
  tone: Tone;
} {
  const { step, by, requests, seconds, reason } = detail;
  const words = TITLES[String(step)] ?? {
    title: fill(m.timeline.transcript, { step: String(step) }),
    tone: 'neutral',
  };
  const notes: string[] =
    step === 'failed'
      ? []
      : [by === 'agent' ? m.timeline.toldByTheAgent : m.timeline.ofTheRecording];
  if (typeof requests === 'number')
    notes.push(plural(m.timeline.requests, requests, { seconds: String(seconds) }));
  if (typeof reason === 'string') notes.push(reason.replaceAll('_', ' '));
  return { ...words, notes };
}
