import type { CallEvent } from '../api/types.js';

/** What an event tells of a media stream of the service; version 0.1 named it otherwise. Null: nothing. */
export function streamStep({ type, detail }: CallEvent): 'started' | 'ended' | 'moved' | null {
  if (type !== 'stream') return null;
  const step = detail['step'] ?? detail['stream'];
  return step === 'started' || step === 'ended' || step === 'moved' ? step : null;
}
