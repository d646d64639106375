import { WebSocket } from 'ws';
import type { TwilioSettings } from '../../config/settings.js';

const CONNECT_WITHIN_MS = 3_000;
const MESSAGE_MAX_BYTES = 16 * 1024;

/**
 * A phone at the simulated carrier: a number of its own, as long as the socket
 * is open. Null when the carrier is not there.
 */
export async function plugIn(settings: TwilioSettings | null): Promise<WebSocket | null> {
  if (!settings?.apiBaseUrl) return null;
  const { apiBaseUrl, accountSid, authToken } = settings;
  const line = new WebSocket(`${apiBaseUrl.replace(/^http/, 'ws')}/control/phone`, {
    auth: `${accountSid}:${authToken}`,
    perMessageDeflate: false,
    maxPayload: MESSAGE_MAX_BYTES,
    handshakeTimeout: CONNECT_WITHIN_MS,
    followRedirects: false,
  });
  return new Promise((resolve) => {
    line.once('open', () => {
      // Whoever gets it listens only later, and its first words must not be lost.
      line.pause();
      resolve(line);
    });
    line.once('error', () => resolve(null));
  });
}
