import { Outside, type OutsideOptions } from '../../src/doctor/outside.js';
import { claimedPort } from './claimed-port.js';
import { SPEC_CERTIFICATE } from '../../tools/carrier/spec-certificate.js';
import { Api } from './api.js';
import { API_KEY, startGateway, type Gateway, type GatewayOptions } from './gateway.js';
import { PROXIED_HOST, startNodeProxy, type ProxyFaults } from './tls-proxy.js';

/** A public address, so that no check complains; no test connects to it. */
const PUBLIC_ADDRESS = '93.184.215.14';

export interface CheckJson {
  name: string;
  title: string;
  group: string;
  status: 'up' | 'warn' | 'down' | 'skipped';
  seen: string;
  fix: string | null;
  duration_ms: number;
  detail: Record<string, unknown>;
}

export interface DiagnosisJson {
  status: string;
  started_at: string;
  duration_ms: number;
  checks: CheckJson[];
}

export interface Installation {
  gateway: Gateway;
  api: Api;
  stop(): Promise<void>;
}

/** A gateway behind a TLS proxy, whose public name leads to that proxy. */
export async function startInstallation(
  faults: ProxyFaults & { cutPrefix?: string } = {},
  options: GatewayOptions = {},
  outside: OutsideOptions = {},
): Promise<Installation> {
  const port = await claimedPort();
  const { cutPrefix, ...others } = faults;
  const proxy = await startNodeProxy(
    { targetPort: port, ...(cutPrefix ? { cutPrefix } : {}) },
    others,
  );
  const gateway = await startGateway({
    ...options,
    port,
    env: { PUBLIC_URL: `https://${PROXIED_HOST}`, ...options.env },
    outside: new Outside({
      lookup: () => Promise.resolve([PUBLIC_ADDRESS]),
      connectTo: { [PROXIED_HOST]: `127.0.0.1:${proxy.port}` },
      ca: SPEC_CERTIFICATE,
      ...outside,
    }),
  });
  return {
    gateway,
    api: new Api(gateway),
    stop: async () => {
      await gateway.stop();
      await proxy.stop();
    },
  };
}

export async function diagnose({ api }: Installation): Promise<Map<string, CheckJson>> {
  const { status, body } = await api.request<DiagnosisJson>('GET', '/telephony/diagnostics');
  if (status !== 200) throw new Error(`the doctor answered ${status}: ${JSON.stringify(body)}`);
  return byName(body.checks);
}

export function byName(checks: CheckJson[]): Map<string, CheckJson> {
  return new Map(checks.map((check) => [check.name, check]));
}

/** Checks whose result depends on this machine, so that no test can rely on it. */
const OF_THE_MACHINE = new Set(['loop-lag', 'memory', 'cpu', 'disk', 'round-trip', 'store']);

/** The checks that found a fault: neither up nor without anything to check. */
export function complaints(checks: Map<string, CheckJson>): string[] {
  return [...checks.values()]
    .filter(({ name }) => !OF_THE_MACHINE.has(name))
    .filter(({ status }) => status === 'warn' || status === 'down')
    .map(({ name, status }) => `${name} ${status}`);
}

export interface StreamedEvent {
  event: string;
  data: Record<string, unknown>;
}

/** The events of the full run, one by one; open connections end with the iteration. */
export async function* fullRun(
  { gateway }: Installation,
  query = '',
): AsyncGenerator<StreamedEvent, void> {
  const abort = new AbortController();
  const response = await fetch(`${gateway.url}/api/v1/telephony/diagnostics${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}` },
    signal: abort.signal,
  });
  if (response.status !== 200 || !response.body) throw new Error(`HTTP ${response.status}`);
  let text = '';
  try {
    for await (const chunk of response.body) {
      text += Buffer.from(chunk).toString('utf8');
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, event] = /^event: (.+)$/m.exec(block) ?? [];
        const [, data] = /^data: (.+)$/m.exec(block) ?? [];
        if (event && data) yield { event, data: JSON.parse(data) as Record<string, unknown> };
      }
    }
  } finally {
    abort.abort();
  }
}
