import { decodeMulaw } from '../../src/audio/mulaw.js';
import { findSound } from './find-sound.js';
import type { Expectation } from './options.js';

/** The call as it ended. */
export interface TalkedCall {
  end_reason: string | null;
  facts: Record<string, unknown>;
}

export interface TranscriptLine {
  speaker: string;
  text: string;
}

/** What is known of the call. */
export interface Evidence {
  call: TalkedCall;
  /** What the caller heard, 8 kHz. */
  heard: Int16Array;
  /** Null: there is none. */
  transcript: readonly TranscriptLine[] | null;
  /** The μ-law of a WAV file. */
  readSound: (file: string) => Buffer;
}

export type Verdict =
  | { kind: 'met' | 'missed'; text: string }
  /** It cannot be said whether it was met; `text` names what is missing. */
  | { kind: 'unknown'; text: string };

/** What came of a call; what was missed counts more than what cannot be known. */
export type Outcome = 'as expected' | 'not as expected' | 'not known';

/** What the program exits with. */
export const EXIT_CODES: Readonly<Record<Outcome, number>> = {
  'as expected': 0,
  'not as expected': 1,
  'not known': 2,
};

/** Most of a sound must have been heard; an agent may have cut off its end. */
const HEARD_MIN = 0.8;

export function judge(expectation: Expectation, evidence: Evidence): Verdict {
  switch (expectation.kind) {
    case 'end':
      return ended(expectation.reason, evidence.call);
    case 'fact':
      return fact(expectation.name, expectation.value, evidence.call);
    case 'sound':
      return sound(expectation.file, evidence);
    case 'text':
      return said(expectation.text, evidence.transcript);
    default:
      return expectation satisfies never;
  }
}

export function outcomeOf(verdicts: readonly Verdict[]): Outcome {
  if (verdicts.some(({ kind }) => kind === 'missed')) return 'not as expected';
  return verdicts.some(({ kind }) => kind === 'unknown') ? 'not known' : 'as expected';
}

function verdict(met: boolean, text: string): Verdict {
  return { kind: met ? 'met' : 'missed', text };
}

function ended(reason: string, { end_reason: was }: TalkedCall): Verdict {
  return verdict(was === reason, `ended: ${was ?? 'not yet'}, expected ${reason}`);
}

function fact(name: string, value: string, { facts }: TalkedCall): Verdict {
  if (!(name in facts)) {
    const names = Object.keys(facts).join(', ') || 'none';
    return verdict(false, `fact ${name}: absent; there are: ${names}`);
  }
  const was = facts[name];
  const text = typeof was === 'string' ? was : JSON.stringify(was);
  return verdict(text === value, `fact ${name}: ${text}, expected ${value}`);
}

function sound(file: string, { heard, readSound }: Evidence): Verdict {
  const found = findSound(decodeMulaw(readSound(file)), heard);
  if (!found) return verdict(false, `heard ${file}: nothing of it`);
  const percent = Math.round(found.share * 100);
  const at = (found.atMs / 1000).toFixed(2);
  return verdict(found.share >= HEARD_MIN, `heard ${file}: ${percent} % of it, from ${at} s on`);
}

function said(text: string, transcript: Evidence['transcript']): Verdict {
  if (transcript === null) {
    return {
      kind: 'unknown',
      text: `said “${text}”: there is no transcript of this call. It takes an agent that tells what was said (call.transcript), or TRANSCRIPTION_URL and a workflow that records`,
    };
  }
  const agent = transcript.filter(({ speaker }) => speaker === 'agent');
  const all = agent.map((line) => line.text).join(' ');
  return verdict(plain(all).includes(plain(text)), `said “${text}”; the transcript: “${all}”`);
}

/** Without what a transcript writes in more than one way. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
