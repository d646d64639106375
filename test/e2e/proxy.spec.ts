import { afterEach, describe, expect, it } from '@jest/globals';
import { claimedPort } from '../support/claimed-port.js';
import type { SimulatedCall } from '../../tools/carrier/calls/simulated-call.js';
import { signUpgrade } from '../../tools/carrier/signing/signature.js';
import { SPEC_CERTIFICATE } from '../../tools/carrier/spec-certificate.js';
import { Api, type CallJson } from '../support/api.js';
import { OUR_NUMBER, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import {
  nginxVersion,
  PROXIED_HOST,
  startNginx,
  startNodeProxy,
  type StartProxy,
  type TlsProxy,
} from '../support/tls-proxy.js';
import { until } from '../support/patience.js';

const nginx = nginxVersion();
if (nginx === null) process.stderr.write('\nnginx is not installed; the proxy is one of our own\n');

/** Scheme, host and port as the service sees them are not the public ones, and what the proxy says of them is false. */
describe.each<[string, StartProxy]>([
  ['a proxy of our own', startNodeProxy],
  ...(nginx === null ? [] : [['nginx', startNginx] as [string, StartProxy]]),
])('behind %s that ends TLS', (_name, startProxy) => {
  let gateway: Gateway | null = null;
  let proxy: TlsProxy | null = null;

  afterEach(async () => {
    await gateway?.stop();
    await proxy?.stop();
    [gateway, proxy] = [null, null];
  });

  const start = async (prefix: string, cutPrefix?: string) => {
    const port = await claimedPort();
    proxy = await startProxy({ targetPort: port, ...(cutPrefix ? { cutPrefix } : {}) });
    gateway = await startGateway({
      port,
      env: { PUBLIC_URL: `https://${PROXIED_HOST}${prefix}` },
      carrier: {
        originMap: {},
        connectTo: { [PROXIED_HOST]: `127.0.0.1:${proxy.port}` },
        ca: SPEC_CERTIFICATE,
      },
    });
    const api = new Api(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    return { gateway, api };
  };

  const talkAndHangUp = async (call: SimulatedCall) => {
    await call.streamStarted;
    await until(() => call.heardAudio.length > 30 * 160);
    call.hangUp();
    await call.settled;
    const { fraction, echoedFrames } = call.compareEcho();
    expect(echoedFrames).toBeGreaterThanOrEqual(30);
    expect(fraction).toBeGreaterThanOrEqual(0.99);
  };

  it.each([
    ['as it came', '', undefined],
    ['with the path prefix of the public URL', '/pbx', undefined],
    ['with the path prefix cut off', '/pbx', '/pbx'],
  ])('a call out and a call in, handed on %s', async (_title, prefix, cutPrefix) => {
    const { gateway: running, api } = await start(prefix, cutPrefix);
    const { carrier } = running;

    const placed = await api.place({ to: THEIR_NUMBER });
    const inbound = carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
    const outbound = await carrier.waitForCall((one) => one.sid === placed.provider_call_id);
    await Promise.all([talkAndHangUp(outbound), talkAndHangUp(inbound)]);

    const out = await api.until(placed.workflow_run_id, (one) => one.status === 'completed');
    const told = out.events.filter(({ source }) => source === 'status-callback');
    expect(told.map(({ status }) => String(status)).sort()).toEqual([
      'answered',
      'completed',
      'initiated',
      'ringing',
    ]);

    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?provider_call_id=${inbound.sid}`,
    );
    expect(body.data).toHaveLength(1);
    await api.until(
      body.data[0]?.workflow_run_id ?? 0,
      (one) => one.status === 'completed' && one.direction === 'inbound',
    );
    expect(carrier.violations).toEqual([]);
  });

  it('a signature for the address it listens on, or for what the headers say, opens nothing', async () => {
    const { gateway: running, api } = await start('');
    const { workflow_id, user_id, workflow_run_id } = await api.place({ to: THEIR_NUMBER });
    const path = `/api/v1/telephony/ws/${workflow_id}/${user_id}/${workflow_run_id}`;
    for (const origin of [`ws://127.0.0.1:${running.port}`, 'ws://internal.example:81']) {
      for (const signed of [origin, origin.replace('ws:', 'wss:')]) {
        const refused = await running.carrier.connectStream({
          url: `wss://${PROXIED_HOST}${path}`,
          signature: signUpgrade(signed + path, running.carrier.authToken),
        });
        expect(refused).toMatchObject({ kind: 'refused', status: 403 });
      }
    }
  });
});
