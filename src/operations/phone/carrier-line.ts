import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { TwilioSettings } from '../../providers/twilio/twilio.settings.js';

/** How long to wait for the carrier, which starts a moment after us and again after it has died. */
const CONNECT_WITHIN_MS = 5_000;
const PAUSE_MS = 200;
const MESSAGE_MAX_BYTES = 16 * 1024;

/**
 * A phone at the simulated carrier: it has a number of its own while the socket
 * is open. The socket is returned paused, so that its user misses nothing. Null if the
 * carrier is not there.
 */
export async function plugIn(settings: TwilioSettings | null): Promise<WebSocket | null> {
  if (!settings) return null;
  const giveUpAt = performance.now() + CONNECT_WITHIN_MS;
  while (performance.now() < giveUpAt) {
    const line = await connect(settings);
    if (line) return line;
    await sleep(PAUSE_MS);
  }
  return null;
}

async function connect({
  apiBaseUrl,
  accountSid,
  authToken,
}: TwilioSettings): Promise<WebSocket | null> {
  const line = new WebSocket(`${(apiBaseUrl ?? '').replace(/^http/, 'ws')}/control/phone`, {
    auth: `${accountSid}:${authToken}`,
    perMessageDeflate: false,
    maxPayload: MESSAGE_MAX_BYTES,
    handshakeTimeout: CONNECT_WITHIN_MS,
    followRedirects: false,
  });
  return new Promise((resolve) => {
    line.once('open', () => {
      line.pause();
      resolve(line);
    });
    line.once('error', () => resolve(null));
  });
}
