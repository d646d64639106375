import { once } from 'node:events';
import { down, skipped, up, warn, type Check } from '../check.js';
import { openProbeSocket } from '../probe/ask.js';

const MESSAGES = 10;
const WARN_MS = 250;
const DOWN_MS = 1_000;

/** How long do messages take from here to the public URL and back? */
export const roundTrip: Check = {
  name: 'round-trip',
  title: 'Messages come back quickly',
  group: 'WebSocket connection dropping',
  async look(examination) {
    const { road, signal } = examination;
    const blocked = await road.blocked();
    if (blocked !== null) return skipped(blocked);
    const outcome = await openProbeSocket(examination);
    if (outcome.kind !== 'open') return skipped('Not looked at: `websocket-upgrade` is down.');
    const { socket } = outcome;
    const times: number[] = [];
    try {
      for (let index = 0; index < MESSAGES; index += 1) {
        const sent = performance.now();
        const back = once(socket, 'message', { signal });
        socket.send(`probe ${index}`);
        await back;
        times.push(Math.round((performance.now() - sent) * 10) / 10);
      }
    } finally {
      socket.terminate();
    }
    times.sort((a, b) => a - b);
    const medianMs = times[Math.floor(times.length / 2)] ?? 0;
    const maxMs = times.at(-1) ?? 0;
    const detail = { median_ms: medianMs, max_ms: maxMs, messages: MESSAGES };
    const seen = `A message takes ${medianMs} ms to the public URL and back (at most ${maxMs} ms of ${MESSAGES}).`;
    if (medianMs < WARN_MS) return up(seen, detail);
    const fix =
      'Callers hear this as delay: run the service and its tunnel or proxy closer to each other, and to the carrier’s region.';
    return (medianMs < DOWN_MS ? warn : down)(seen, fix, detail);
  },
};
