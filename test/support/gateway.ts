import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSettings } from '../../src/parse-settings.js';
import type { Outside } from '../../src/doctor/outside.js';
import { startService, type Service } from '../../src/service.js';
import type { CarrierOptions } from '../../tools/carrier/carrier-options.js';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { claimedPort } from './claimed-port.js';
import { placeMigratedFile } from './migrated-file.js';
import { keepSecrets, testLog, testLogLevel } from './test-logs.js';

export const PUBLIC_ORIGIN = 'https://gw.example.com';
export const API_KEY = 'test-key-of-user-one-0123456789';
/** The account's numbers; the second is claimed by no workflow. */
export const OUR_NUMBER = '+15005550006';
export const UNCLAIMED_NUMBER = '+15005550009';
export const THEIR_NUMBER = '+12025550143';
const NUMBERS = [OUR_NUMBER, UNCLAIMED_NUMBER, THEIR_NUMBER];

export interface GatewayOptions {
  /** Settings over the defaults of the tests. */
  env?: Record<string, string>;
  carrier?: CarrierOptions;
  /** How the doctor reaches the public address; by default in the same way as this machine. */
  outside?: Outside;
  /** Receives the lines of the log, in place of the tests' usual log. */
  log?: { write(line: string): void };
  /** Whether the gateway knows that its carrier is the simulated one, as it does without credentials. Default: no. */
  simulated?: boolean;
  /** The port to listen on; a free one by default. */
  port?: number;
}

/** A gateway on a store of its own, and the simulated carrier that it dials through: both real, over loopback. */
export interface Gateway {
  service: Service;
  carrier: SimulatedCarrier;
  /** `http://127.0.0.1:PORT` */
  url: string;
  port: number;
  dataDir: string;
  /** Starts the service again after `service.stop()`, at the same address and on the same store. */
  startAgain(simulated?: boolean): Promise<void>;
  stop(): Promise<void>;
}

export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const port = options.port ?? (await claimedPort());
  const dataDir = options.env?.['DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'patchbay-test-')));
  if (!options.env?.['DATA_DIR']) await placeMigratedFile(dataDir);
  const publicUrl = options.env?.['PUBLIC_URL'] || PUBLIC_ORIGIN;
  const carrier = await SimulatedCarrier.start({
    numbers: [
      {
        phoneNumber: OUR_NUMBER,
        voiceUrl: `${publicUrl}/api/v1/telephony/twiml`,
        statusCallback: `${publicUrl}/api/v1/telephony/status-callback`,
      },
      { phoneNumber: UNCLAIMED_NUMBER, voiceUrl: `${publicUrl}/api/v1/telephony/twiml` },
    ],
    originMap: { [new URL(publicUrl).origin]: `http://127.0.0.1:${port}` },
    ...options.carrier,
  });
  const settings = parseSettings({
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: options.env?.['PUBLIC_URL'] ?? publicUrl,
    DATA_DIR: dataDir,
    API_KEY,
    TWILIO_ACCOUNT_SID: carrier.accountSid,
    TWILIO_AUTH_TOKEN: carrier.authToken,
    TWILIO_FROM_NUMBERS: `${OUR_NUMBER},${UNCLAIMED_NUMBER}`,
    TWILIO_API_BASE_URL: carrier.baseUrl,
    TWILIO_CALLS_PER_SECOND: '1000',
    DRAIN_TIMEOUT_SECONDS: '0',
    LOG_LEVEL: testLogLevel(),
    ...options.env,
  });
  const start = (simulated: boolean): Promise<Service> =>
    startService(
      { ...settings, twilio: settings.twilio?.withSimulated(simulated) ?? null },
      { log: options.log ?? testLog(), ...(options.outside ? { outside: options.outside } : {}) },
    );
  const service = await start(options.simulated ?? false);
  keepSecrets(API_KEY, carrier.authToken, ...NUMBERS.map((number) => number.slice(1)));
  const gateway: Gateway = {
    service,
    carrier,
    url: service.localOrigin,
    port,
    dataDir,
    startAgain: async (simulated = options.simulated ?? false) => {
      gateway.service = await start(simulated);
      await forgetConnections(gateway.url);
    },
    stop: async () => {
      await gateway.service.stop();
      await carrier.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return gateway;
}

/** Uses up this process's dead connections to the previous service, so that no test meets one. */
async function forgetConnections(url: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const asked = Array.from({ length: 8 }, async () => (await fetch(`${url}/health/live`)).text());
    const replies = await Promise.allSettled(asked);
    if (replies.every(({ status }) => status === 'fulfilled')) return;
  }
}
