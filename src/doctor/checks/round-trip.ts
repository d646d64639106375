import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { down, skipped, up, warn, type Check, type Finding } from '../check.js';
import { openProbeSocket } from '../probe/ask.js';

const MESSAGES = 10;
/** The time for all messages together. The slower they are, the fewer are needed for a result. */
const SENDING_MS = 4_000;
const WARN_MS = 250;
const DOWN_MS = 1_000;

/** How long does a message take from here to the public URL and back? */
export const roundTrip: Check = {
  name: 'round-trip',
  title: 'The way out and back',
  group: 'Media streams',
  limitMs: () => 20_000,
  async look(examination) {
    const { road, signal } = examination;
    const blocked = await road.blocked();
    if (blocked !== null) return skipped(blocked);
    const outcome = await openProbeSocket(examination);
    if (outcome.kind !== 'open') return skipped('Not looked at: `websocket-upgrade` is down.');
    const { socket } = outcome;
    try {
      return judgeRoundTrips(await sendMessages(socket, signal));
    } finally {
      socket.terminate();
    }
  },
};

interface RoundTrips {
  /** The times in milliseconds, in the order in which the messages were sent. */
  times: number[];
  /** What happened to a message that did not come back; null if all came back. */
  lost: 'late' | 'closed' | null;
}

async function sendMessages(socket: WebSocket, signal: AbortSignal): Promise<RoundTrips> {
  const times: number[] = [];
  const late = AbortSignal.timeout(SENDING_MS);
  const ending = AbortSignal.any([signal, late]);
  const closed = once(socket, 'close', { signal: ending }).then(() => false);
  while (times.length < MESSAGES) {
    const sent = performance.now();
    const back = once(socket, 'message', { signal: ending }).then(() => true);
    socket.send(`probe ${times.length}`);
    try {
      if (!(await Promise.race([back, closed]))) return { times, lost: 'closed' };
    } catch (error) {
      if (!late.aborted) throw error;
      return { times, lost: 'late' };
    }
    times.push(Math.round((performance.now() - sent) * 10) / 10);
  }
  return { times, lost: null };
}

export function judgeRoundTrips({ times, lost }: RoundTrips): Finding {
  const sorted = times.toSorted((a, b) => a - b);
  const medianMs = sorted[Math.floor(sorted.length / 2)] ?? null;
  const maxMs = sorted.at(-1) ?? null;
  const detail = { median_ms: medianMs, max_ms: maxMs, messages: times.length };
  const fix =
    'Callers hear this as delay: run the service and its tunnel or proxy closer to each other, and to the carrier’s region.';
  if (lost === 'closed') {
    return down(
      `A WebSocket through the public URL is closed as soon as something is said on it, after ${times.length} message(s).`,
      'Look at the log of the proxy or tunnel: it must pass on WebSocket messages in both directions for as long as a call lasts.',
      detail,
    );
  }
  if (medianMs === null) {
    const seconds = SENDING_MS / 1000;
    return down(`No message came back from the public URL within ${seconds} s.`, fix, detail);
  }
  const seen = `A message takes ${medianMs} ms to the public URL and back (at most ${maxMs} ms of ${times.length})${
    lost === null ? '' : ', and one did not come back in time'
  }.`;
  if (medianMs < WARN_MS && lost === null) return up(seen, detail);
  return (medianMs < DOWN_MS ? warn : down)(seen, fix, detail);
}
