import { join } from 'node:path';
import type { CarrierOptions } from '../../tools/carrier/carrier-options.js';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { claimedPort } from './claimed-port.js';
import { API_KEY, OUR_NUMBER, PUBLIC_ORIGIN, THEIR_NUMBER } from './gateway.js';
import { KillableGateway, settingsOf } from './killable-gateway.js';
import type { TestStore } from './stores.js';
import { keepSecrets, testLogLevel } from './test-logs.js';

const PROGRAM = join(import.meta.dirname, 'instance.mjs');

export interface InstancesOptions {
  /** How many are started. Default: 2; 0: the test adds them. */
  count?: number;
  carrier?: CarrierOptions;
  /** Settings of all of them, over the defaults of the tests. */
  env?: Record<string, string>;
}

/**
 * Several whole services, each a process of its own, on one PostgreSQL, with one account at one
 * simulated carrier. A test addresses each by its `url`, kills or stops it, and starts it again;
 * {@link explain} shows the logs of all when it fails.
 */
export class Instances {
  readonly all: KillableGateway[] = [];
  /** Where the carrier's next request goes to; by default each instance that runs in turn. */
  pick: () => Pick<KillableGateway, 'url'> = () => this.inTurn();
  private turn = 0;

  private constructor(
    readonly carrier: SimulatedCarrier,
    private readonly store: TestStore,
    private readonly env: Record<string, string>,
  ) {}

  /** Resolves when all of them are ready. */
  static async start(
    store: TestStore,
    { count = 2, carrier: options, env = {} }: InstancesOptions = {},
  ): Promise<Instances> {
    let instances: Instances | null = null;
    const carrier = await SimulatedCarrier.start({
      numbers: [
        {
          phoneNumber: OUR_NUMBER,
          voiceUrl: `${PUBLIC_ORIGIN}/api/v1/telephony/twiml`,
          statusCallback: `${PUBLIC_ORIGIN}/api/v1/telephony/status-callback`,
        },
      ],
      originMap: { [PUBLIC_ORIGIN]: () => instances?.pick().url ?? '' },
      ...options,
    });
    const numbers = [OUR_NUMBER, THEIR_NUMBER].map((number) => number.slice(1));
    keepSecrets(API_KEY, carrier.authToken, ...numbers);
    // A test asks more often than a user does.
    instances = new Instances(carrier, store, { API_REQUESTS_PER_MINUTE: '100000', ...env });
    try {
      // The first one makes the first user.
      if (count > 0) await instances.add();
      const others = instances;
      await Promise.all(Array.from({ length: Math.max(0, count - 1) }, () => others.add()));
    } catch (error) {
      await instances.stop();
      throw error;
    }
    return instances;
  }

  /**
   * Starts one more.
   * @param env settings of this one alone
   * @param program another program than that of this release
   */
  async add(env: Record<string, string> = {}, program = PROGRAM): Promise<KillableGateway> {
    const port = await claimedPort();
    const level = testLogLevel();
    const instance = new KillableGateway(
      `http://127.0.0.1:${port}`,
      {
        ...settingsOf(this.store, this.carrier, port),
        DRAIN_TIMEOUT_SECONDS: '0',
        LOG_LEVEL: level === 'silent' ? 'info' : level,
        ...this.env,
        ...env,
      },
      { program, name: `instance-${port}` },
    );
    this.all.push(instance);
    await instance.start();
    return instance;
  }

  /** The instance of this number, from 0. */
  at(index: number): KillableGateway {
    const instance = this.all[index];
    if (!instance) throw new Error(`there is no instance ${index}`);
    return instance;
  }

  /** Runs `work`; where it throws, standard error shows what each instance logged last. */
  async explain<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      for (const [index, one] of this.all.entries()) {
        process.stderr.write(`\ninstance ${index} at ${one.url}:\n${one.lastWords()}\n`);
      }
      throw error;
    }
  }

  /** Stops the instances that still run, and then the carrier. */
  async stop(): Promise<void> {
    await Promise.all(this.all.map((instance) => instance.stop()));
    await this.carrier.stop();
  }

  private inTurn(): KillableGateway {
    const running = this.all.filter(({ isRunning }) => isRunning);
    // Where none runs, the carrier is to find that out.
    const asked = running.length > 0 ? running : this.all;
    return asked[this.turn++ % asked.length] ?? this.at(0);
  }
}
