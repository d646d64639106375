import { request } from 'node:http';
import type { Gateway } from './gateway.js';

/** Requests a call's media stream without a signature, which is refused and recorded. */
export async function refusedUpgrade(gateway: Pick<Gateway, 'url'>, runId: number): Promise<void> {
  await new Promise<void>((done) => {
    request(`${gateway.url}/api/v1/telephony/ws/1/1/${runId}`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    })
      .on('response', (response) => response.resume().on('end', done))
      .end();
  });
}
