import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule, type Surroundings } from './app.module.js';
import { BoundedHttpAdapter } from './bounded-http.adapter.js';
import { APP_OPTIONS, configureApp } from './configure-app.js';
import { Cluster } from './cluster/cluster.js';
import { Presence } from './cluster/presence.js';
import { Database } from './database/database.js';
import { localOrigin as originOf } from './shared/local-origin.js';
import { Draining } from './shared/draining.js';
import { listenStartError } from './shared/listen-fault.js';
import { Log } from './shared/logger.js';
import { Tracer } from './shared/tracing/tracer.js';
import type { Settings } from './parse-settings.js';
import { ProviderRegistry } from './providers/provider-registry.js';
import { SimulatedCarrierProcess } from './providers/simulated/simulated-carrier-process.js';
import { answerUrl, eventsUrl } from './urls/call-urls.js';
import { PublicOrigin } from './urls/public-origin.js';
import { SIMULATED_ORIGIN } from './urls/simulated-public-origin.js';

export interface Service {
  app: NestExpressApplication;
  /** The origin at which this machine reaches the service. */
  localOrigin: string;
  /** Drains, then stops; safe to call twice. */
  stop(): Promise<void>;
}

/**
 * A call has its stream and, for short times, one or two webhooks; the rest is for
 * proxies, API clients and the console.
 */
function connectionsMax(calls: number): number {
  return 2_000 + 4 * calls;
}

/** The carriers whose accounts are configured. */
function carriersOf(providers: ProviderRegistry): string {
  return [...new Set(providers.all().map(({ kind }) => kind))].join(', ') || 'none';
}

/** Starts the gateway, and the simulated carrier where no other is configured. */
export async function startService(
  settings: Settings,
  surroundings: Surroundings = {},
): Promise<Service> {
  const carrier = settings.simulatedCarrier.enabled
    ? await SimulatedCarrierProcess.prepare()
    : null;
  const effective = carrier ? { ...settings, twilio: carrier.settings } : settings;
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.with(effective, surroundings),
    new BoundedHttpAdapter(connectionsMax(effective.limits.maxConcurrentCalls)),
    APP_OPTIONS,
  );
  configureApp(app);
  const { port, host } = settings.http;
  try {
    await app.listen(port, host);
  } catch (error) {
    // Closes what is open by now, such as the store, whose lock the next start needs.
    await app.close().catch(() => undefined);
    throw listenStartError({ host, port, portSetting: 'PORT' }, error);
  }
  app.get(Presence).isListening();
  app.get(Cluster).announce();
  const localOrigin = originOf(app.getHttpServer(), settings.http);
  const log = app.get(Log);
  const origin = app.get(PublicOrigin);
  for (const { variable, message } of settings.warnings) {
    log.warn('setting.unknown', { variable, message });
  }
  const store = await app.get(Database).report();
  const listening = {
    url: localOrigin,
    public_url: origin.peek(),
    store: store.kind,
    carrier: carrier ? 'simulated' : carriersOf(app.get(ProviderRegistry)),
    ready: store.up,
  };
  if (store.up) log.info('service.listening', listening);
  else log.warn('service.listening', { ...listening, not_ready_because: store.reason });
  if (carrier) {
    log.warn('simulated_carrier.in_use', {
      calls: 'simulated: none of them leaves this machine',
      because:
        settings.simulatedCarrier.mode === 'on'
          ? 'SIMULATED_CARRIER is on'
          : 'no carrier is configured',
      fix: `for real calls: ${app.get(ProviderRegistry).howToConfigure}`,
    });
    // This is the first account, whose paths have no key.
    const us = { origin: origin.peek() ?? SIMULATED_ORIGIN, key: null };
    await carrier.start(
      { answer: answerUrl(us, null), events: eventsUrl(us, null) },
      localOrigin,
      log,
    );
  }
  app.get(Draining).onStep(({ step, calls, secondsLeft, moved }) => {
    log.info('service.draining', {
      step,
      calls,
      seconds_left: secondsLeft,
      moved,
      ...(step === 'finished' ? {} : { stop_now: 'press Ctrl-C, or send SIGTERM, again' }),
    });
  });
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    // Draining starts first: new requests go to another instance from now on.
    app.get(Draining).start();
    const tracer = app.get(Tracer);
    await app.close();
    // The tracer closes last, when the end of every call has been reported.
    await tracer.close();
    await carrier?.stop();
  };
  return { app, localOrigin, stop: () => (stopped ??= stop()) };
}
