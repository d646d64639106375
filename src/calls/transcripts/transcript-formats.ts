import type { Line, Speaker } from './transcript.js';

/** How a transcript is sent. */
export const TRANSCRIPT_FORMATS = ['json', 'txt', 'vtt'] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

const NAMES: Readonly<Record<Speaker, string>> = { caller: 'Caller', agent: 'Agent' };
/** How fast people speak, in characters a second, where the end of a line is not known. */
const PER_SECOND = 15;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 20_000;

/** A transcript for people. */
export function asText(lines: readonly Line[]): string {
  return lines
    .map(({ atMs, speaker, text }) => `[${clock(atMs, 0)}] ${NAMES[speaker]}: ${text}\n`)
    .join('');
}

/** A transcript as WebVTT (W3C), a cue for each line, in the order of their beginnings. */
export function asVtt(lines: readonly Line[]): string {
  const cues = lines.map((line, index) => {
    const { atMs, speaker, text } = line;
    const times = `${clock(atMs, 3)} --> ${clock(endOf(line, lines.slice(index + 1)), 3)}`;
    return `\n${index + 1}\n${times}\n<v ${NAMES[speaker]}>${escaped(text)}</v>\n`;
  });
  return `WEBVTT\n${cues.join('')}`;
}

/** Where it is not told: as long as it takes to say, up to the next line. */
function endOf({ atMs, untilMs, text }: Line, later: readonly Line[]): number {
  if (untilMs !== null && untilMs > atMs) return untilMs;
  const said = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (text.length * 1_000) / PER_SECOND));
  const next = later.find((line) => line.atMs > atMs)?.atMs ?? Number.POSITIVE_INFINITY;
  return Math.round(Math.min(atMs + said, next));
}

/** Hours as they are needed, minutes, seconds. */
function clock(ms: number, digits: 0 | 3): string {
  const whole = Math.floor(ms / 1_000);
  const parts = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const time = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return digits === 0 ? time : `${time}.${String(ms % 1_000).padStart(3, '0')}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
