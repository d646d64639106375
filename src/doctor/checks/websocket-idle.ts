import { setTimeout as sleep } from 'node:timers/promises';
import { down, skipped, up, warn, type Check } from '../check.js';
import { openProbeSocket } from '../probe/ask.js';

const PROGRESS_MS = 2_000;
const SLACK_MS = 20_000;
/** This service itself ends a media stream on which nothing arrives for this long. */
const STREAM_SILENCE_SECONDS = 30;

/** How long do the hops in between keep a silent WebSocket open? */
export const websocketIdle: Check = {
  name: 'websocket-idle',
  title: 'A silent WebSocket',
  group: 'Media streams',
  fullOnly: true,
  limitMs: ({ idleSeconds }) => idleSeconds * 1000 + SLACK_MS,
  async look(examination) {
    const { road, idleSeconds, signal, progress } = examination;
    const blocked = await road.blocked();
    if (blocked !== null) return skipped(blocked);
    const outcome = await openProbeSocket(examination);
    if (outcome.kind !== 'open') return skipped('Not looked at: `websocket-upgrade` is down.');
    const { socket } = outcome;
    const opened = performance.now();
    const elapsed = (): number => Math.round((performance.now() - opened) / 100) / 10;
    const timer = setInterval(
      () => progress('websocket-idle', `open for ${Math.round(elapsed())} s of ${idleSeconds} s`),
      PROGRESS_MS,
    );
    const closed = new Promise<boolean>((resolve) => {
      socket.once('close', () => resolve(true));
    });
    try {
      const wasClosed = await Promise.race([closed, sleep(idleSeconds * 1000, false, { signal })]);
      if (!wasClosed) {
        return up(`A silent WebSocket stays open for ${idleSeconds} s.`, { held_s: idleSeconds });
      }
    } finally {
      clearInterval(timer);
      socket.terminate();
    }
    const seconds = elapsed();
    const seen = `A silent WebSocket is closed after ${seconds} s by what stands in between.`;
    const fix =
      'Raise the idle timeout of the proxy or load balancer (nginx: proxy_read_timeout and proxy_send_timeout 1h).';
    return seconds < STREAM_SILENCE_SECONDS
      ? down(seen, fix, { closed_after_s: seconds })
      : warn(seen, `${fix} Streams that carry audio are not affected.`, {
          closed_after_s: seconds,
        });
  },
};
