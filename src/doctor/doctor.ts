import { setMaxListeners } from 'node:events';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Log } from '../shared/logger.js';
import { Problem } from '../shared/problem.js';
import { PublicOrigin } from '../urls/public-origin.js';
import type { Check, CheckResult, CheckStatus } from './check.js';
import { CHECKS } from './checks.js';
import { DoctorServices, type Examination } from './examination.js';
import { claimedNumbers } from './number-urls.js';
import { Road } from './road.js';
import { runChecks, worstOf, type RunListener } from './run-checks.js';
import { Turns, type GiveBack } from './turns.js';

/** How long the checks take beside the idle socket, at most. */
const FULL_RUN_MS = 120_000;

/** The result of a run; `status` is the worst of its checks. */
export interface Diagnosis {
  status: Exclude<CheckStatus, 'skipped'>;
  startedAt: Date;
  durationMs: number;
  checks: CheckResult[];
}

export interface FullRunListener extends RunListener {
  progress(check: string, note: string): void;
}

export interface FullRun {
  idleSeconds: number;
  /** Ends the run early. */
  signal: AbortSignal;
  listener: FullRunListener;
}

const QUIET: FullRunListener = {
  started: () => undefined,
  finished: () => undefined,
  progress: () => undefined,
};

/** Examines this installation from inside, and from outside through the public URL. */
@Injectable()
export class Doctor implements BeforeApplicationShutdown {
  private quickRun: Promise<Diagnosis> | null = null;
  private lastQuick: Diagnosis | null = null;
  private readonly stopping = new AbortController();

  constructor(
    private readonly services: DoctorServices,
    private readonly origin: PublicOrigin,
    private readonly providers: ProviderRegistry,
    private readonly turns: Turns,
    private readonly log: Log,
  ) {}

  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  /**
   * Callers that come while a quick run is under way share its result. Never rejects.
   * @param maxAgeMs the last result is good enough if it is not older than this; 0: a new run
   */
  quick(maxAgeMs = 0): Promise<Diagnosis> {
    const { lastQuick: last } = this;
    const ageMs = last ? this.services.clock.now().getTime() - last.startedAt.getTime() : Infinity;
    if (last && ageMs >= 0 && ageMs < maxAgeMs) return Promise.resolve(last);
    this.quickRun ??= this.runQuick().finally(() => {
      this.quickRun = null;
    });
    return this.quickRun;
  }

  private async runQuick(): Promise<Diagnosis> {
    const checks = CHECKS.filter(({ fullOnly }) => fullOnly !== true);
    const { signal } = this.stopping;
    this.lastQuick = await this.run(checks, { idleSeconds: 0, signal, listener: QUIET });
    return this.lastQuick;
  }

  /**
   * Takes the turn for a full run, of which there is one at a time on all instances together.
   * @param idleSeconds as in the run's options
   * @throws Problem `conflict` while another full run is under way
   */
  async takeFullRun(idleSeconds: number): Promise<GiveBack> {
    const giveBack = await this.turns.take('full-run', FULL_RUN_MS + idleSeconds * 1000);
    if (giveBack) return giveBack;
    throw new Problem('conflict', 'A full run of the doctor is under way. Wait for its end.');
  }

  /** Runs all checks, in the turn that {@link takeFullRun} gave. */
  full(options: FullRun): Promise<Diagnosis> {
    return this.run(CHECKS, options);
  }

  private async run(all: readonly Check[], options: FullRun): Promise<Diagnosis> {
    const { idleSeconds, listener } = options;
    const signal = AbortSignal.any([options.signal, this.stopping.signal]);
    // Every check listens to this signal.
    setMaxListeners(0, signal);
    const startedAt = this.services.clock.now();
    const began = performance.now();
    // Asks the tunnel again, if there is one.
    await this.origin.current();
    const origin = this.origin.report();
    const accounts = this.examined();
    const none = { provider: null, pathKey: null, claimedNumbers: () => Promise.resolve([]) };
    const applies = await Promise.all(
      all.map(async (check) => (await check.appliesTo?.(this.services)) ?? true),
    );
    const checks = all.filter((_, index) => applies[index]);
    const results = await runChecks(
      checks,
      Object.assign({}, this.services, accounts[0] ?? none, {
        origin,
        storeIsUp: once(async () => (await this.services.database.report()).up),
        accounts,
        howToConfigure: this.providers.howToConfigure,
        road: new Road(origin, this.services.outside, signal),
        idleSeconds,
        signal,
        progress: (check: string, note: string) => listener.progress(check, note),
      }),
      listener,
    );
    const status = worstOf(results);
    this.log.info('doctor.finished', {
      status,
      down: namesOf(results, 'down'),
      warn: namesOf(results, 'warn'),
    });
    const durationMs = Math.round(performance.now() - began);
    return { status, startedAt, durationMs, checks: results };
  }

  private examined(): Examination['accounts'] {
    return this.providers.enabled().map((provider) => {
      const { diagnostics } = provider;
      const { origin } = this.origin.of(provider).report();
      const pathKey = this.providers.pathKeyOf(provider);
      return {
        provider,
        pathKey,
        claimedNumbers: once(() =>
          origin === null || !diagnostics
            ? Promise.resolve([])
            : claimedNumbers(this.services.numbers, provider, diagnostics, {
                origin,
                key: pathKey,
              }),
        ),
      };
    });
  }
}

/** What several checks need is found out once. */
function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | null = null;
  return () => (found ??= find());
}

function namesOf(results: readonly CheckResult[], status: CheckStatus): string[] {
  return results.filter((result) => result.status === status).map(({ name }) => name);
}
