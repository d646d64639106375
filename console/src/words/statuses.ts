import { ENDED_STATUSES, LIVE_STATUSES, type CallStatus } from '../api/types.js';
import { m } from '../messages/first.js';

/** How a status is drawn: by text, shape and colour together. */
export type Tone = 'waiting' | 'active' | 'good' | 'bad' | 'neutral';

export interface StatusWords {
  text: string;
  tone: Tone;
  /** A shape that distinguishes it without colour. */
  shape: string;
}

const STATUSES: Record<CallStatus, StatusWords> = {
  queued: { text: m.calls.queued, tone: 'waiting', shape: '◌' },
  'submission-unknown': { text: m.calls.unclear, tone: 'waiting', shape: '?' },
  initiated: { text: m.calls.dialling, tone: 'waiting', shape: '◔' },
  ringing: { text: m.calls.ringing, tone: 'waiting', shape: '◑' },
  answered: { text: m.calls.onTheLine, tone: 'active', shape: '●' },
  completed: { text: m.calls.completed, tone: 'good', shape: '✓' },
  busy: { text: m.common.busy, tone: 'neutral', shape: '■' },
  'no-answer': { text: m.calls.noAnswer, tone: 'neutral', shape: '○' },
  failed: { text: m.calls.failed, tone: 'bad', shape: '✕' },
  canceled: { text: m.calls.cancelled, tone: 'neutral', shape: '–' },
};

export const ALL_STATUSES: readonly CallStatus[] = [...LIVE_STATUSES, ...ENDED_STATUSES];

export function statusWords(status: string): StatusWords {
  return STATUSES[status as CallStatus] ?? { text: status, tone: 'neutral', shape: '·' };
}

export function isOver(status: string): boolean {
  return (ENDED_STATUSES as readonly string[]).includes(status);
}
