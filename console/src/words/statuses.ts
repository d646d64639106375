import { ENDED_STATUSES, LIVE_STATUSES, type CallStatus } from '../api/types.js';

/** How a status is drawn: by text, shape and colour together. */
export type Tone = 'waiting' | 'active' | 'good' | 'bad' | 'neutral';

export interface StatusWords {
  text: string;
  tone: Tone;
  /** A shape that distinguishes it without colour. */
  shape: string;
}

const STATUSES: Record<CallStatus, StatusWords> = {
  queued: { text: 'queued', tone: 'waiting', shape: '◌' },
  'submission-unknown': { text: 'unclear', tone: 'waiting', shape: '?' },
  initiated: { text: 'dialling', tone: 'waiting', shape: '◔' },
  ringing: { text: 'ringing', tone: 'waiting', shape: '◑' },
  answered: { text: 'on the line', tone: 'active', shape: '●' },
  completed: { text: 'completed', tone: 'good', shape: '✓' },
  busy: { text: 'busy', tone: 'neutral', shape: '■' },
  'no-answer': { text: 'no answer', tone: 'neutral', shape: '○' },
  failed: { text: 'failed', tone: 'bad', shape: '✕' },
  canceled: { text: 'cancelled', tone: 'neutral', shape: '–' },
};

export const ALL_STATUSES: readonly CallStatus[] = [...LIVE_STATUSES, ...ENDED_STATUSES];

export function statusWords(status: string): StatusWords {
  return STATUSES[status as CallStatus] ?? { text: status, tone: 'neutral', shape: '·' };
}

export function isOver(status: string): boolean {
  return (ENDED_STATUSES as readonly string[]).includes(status);
}
