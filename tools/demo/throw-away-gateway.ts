import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../src/config/environment.js';
import { parseSettings } from '../../src/parse-settings.js';
import { startService, type Service } from '../../src/service.js';
import { freePort } from '../../src/shared/free-port.js';
import { generateApiKey } from '../../src/tenants/api-keys.js';
import type { CallBehaviour } from '../carrier/calls/call-behaviour.js';
import { SimulatedCarrier } from '../carrier/simulated-carrier.js';
import type { Narrator } from './narrator.js';

const PUBLIC_ORIGIN = 'https://patchbay.internal';
export const OUR_NUMBER = '+15005550006';

export interface ThrowAwayOptions {
  /** What phones at the carrier's side do. */
  behaviour: CallBehaviour;
  /** Further settings of the gateway, and variables of agents. Default: none. */
  env?: Environment;
}

/** A gateway on a throw-away store and a simulated carrier beside it, in this process. */
export class ThrowAwayGateway {
  readonly apiKey = generateApiKey();
  private directory = '';
  private running: { carrier: SimulatedCarrier; service: Service } | null = null;
  private startedCarrier: SimulatedCarrier | null = null;
  private starting: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | null = null;

  constructor(
    private readonly options: ThrowAwayOptions,
    private readonly say: Narrator,
  ) {}

  get carrier(): SimulatedCarrier {
    return this.both().carrier;
  }

  get service(): Service {
    return this.both().service;
  }

  get url(): string {
    return this.service.localOrigin;
  }

  start(): Promise<void> {
    return (this.starting = this.startBoth());
  }

  /** Stops everything and removes the store. Safe to call at any moment. */
  stop(): Promise<void> {
    return (this.stopping ??= this.stopBoth());
  }

  /** Asks the gateway's own API; anything but a success is thrown with what it said. */
  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw new ApiError(method, path, response.status, await response.text());
    return (await response.json()) as T;
  }

  private both(): { carrier: SimulatedCarrier; service: Service } {
    if (!this.running) throw new Error('the gateway has not been started');
    return this.running;
  }

  private async startBoth(): Promise<void> {
    this.directory = await mkdtemp(join(tmpdir(), 'patchbay-demo-'));
    const port = await freePort();
    const carrier = await SimulatedCarrier.start({
      numbers: [{ phoneNumber: OUR_NUMBER, voiceUrl: `${PUBLIC_ORIGIN}/api/v1/telephony/twiml` }],
      originMap: { [PUBLIC_ORIGIN]: `http://127.0.0.1:${port}` },
      behaviour: this.options.behaviour,
    });
    this.startedCarrier = carrier;
    this.say.step('carrier', `the simulated carrier takes calls at ${carrier.baseUrl}`);
    const settings = parseSettings({
      ...this.options.env,
      PORT: String(port),
      HOST: '127.0.0.1',
      PUBLIC_URL: PUBLIC_ORIGIN,
      DATA_DIR: this.directory,
      API_KEY: this.apiKey,
      TWILIO_ACCOUNT_SID: carrier.accountSid,
      TWILIO_AUTH_TOKEN: carrier.authToken,
      TWILIO_FROM_NUMBERS: OUR_NUMBER,
      TWILIO_API_BASE_URL: carrier.baseUrl,
      DRAIN_TIMEOUT_SECONDS: '1',
      LOG_LEVEL: 'error',
    });
    // Its address alone does not distinguish it from a proxy in front of the real carrier.
    const twilio = settings.twilio?.withSimulated(true) ?? null;
    const service = await startService({ ...settings, twilio });
    this.running = { carrier, service };
    this.say.step('gateway', `Patchbay listens at ${service.localOrigin}, store: SQLite`);
  }

  private async stopBoth(): Promise<void> {
    // A part that is still starting would outlive its own stop.
    await this.starting.catch(() => undefined);
    await this.startedCarrier?.stop();
    await this.running?.service.stop();
    if (this.directory) await rm(this.directory, { recursive: true, force: true });
  }
}

/** A refusal of the gateway's API. */
export class ApiError extends Error {
  /** In the words of the API. */
  readonly detail: string;

  constructor(
    method: string,
    path: string,
    readonly status: number,
    text: string,
  ) {
    const detail = detailOf(text);
    super(`${method} ${path}: ${status} ${detail}`);
    this.name = 'ApiError';
    this.detail = detail;
  }
}

function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === 'string' ? detail : text;
  } catch {
    return text;
  }
}
