import { SettingsWarnings } from '../../../src/config/settings.js';
import type { CheckResult } from '../../../src/doctor/check.js';
import { checkJson, diagnosisJson } from '../../../src/doctor/diagnosis-json.js';
import { Outside } from '../../../src/doctor/outside.js';
import { Road } from '../../../src/doctor/road.js';
import { runChecks, worstOf } from '../../../src/doctor/run-checks.js';
import type { SettingsError } from '../../../src/config/settings-error.js';
import type { Settings } from '../../../src/parse-settings.js';
import { SystemClock } from '../../../src/shared/clock.js';
import { localOrigin } from '../../../src/shared/local-origin.js';
import { PinoLog } from '../../../src/shared/logger.js';
import { publicOriginOf } from '../../../src/urls/urls.module.js';
import type { DiagnosisJson, RunEvent } from '../ask.js';
import { ownCarriers } from './own-carriers.js';
import { ownChecks, type Silence } from './own-checks.js';

/**
 * Examines what can be examined while no gateway answers: with the settings of this process, from
 * this machine. Every check ends by itself. It changes nothing.
 */
export async function examineAlone(
  settings: Settings,
  silence: Silence,
  onEvent: (event: RunEvent) => void,
  outside: Outside = new Outside(),
): Promise<DiagnosisJson> {
  const clock = new SystemClock();
  const startedAt = clock.now();
  const began = performance.now();
  const log = new PinoLog('silent');
  const { urls, simulatedCarrier: simulated, http } = settings;
  const source = publicOriginOf(
    { urls, simulated },
    { localOrigin: () => localOrigin(null, http), clock, log },
  );
  const [providers] = await Promise.all([ownCarriers(settings, log), source.current()]);
  const origin = source.report();
  const { signal } = new AbortController();
  const accounts = providers.enabled().map((provider) => ({
    provider,
    pathKey: providers.pathKeyOf(provider),
    // Whether numbers lead here is a question for when the service runs.
    claimedNumbers: () => Promise.resolve([]),
  }));
  const results = await runChecks(
    ownChecks(settings),
    {
      settings,
      silence,
      clock,
      origin,
      accounts,
      provider: accounts[0]?.provider ?? null,
      howToConfigure: providers.howToConfigure,
      road: new Road(origin, outside, signal),
      store: settings.store,
      limits: settings.limits,
      streams: settings.streams,
      reconcile: settings.reconcile,
      simulated,
      settingsWarnings: new SettingsWarnings(settings.warnings),
      signal,
    },
    {
      started: ({ name, title }) => onEvent({ state: 'started', name, title }),
      finished: (result) => onEvent({ state: 'finished', ...checkJson(result) }),
    },
  );
  return diagnosed(startedAt, performance.now() - began, results);
}

/** What is left to say where the settings themselves cannot be read. */
export function examineSettings({ problems }: SettingsError): DiagnosisJson {
  const told = problems.map(({ variable, expected }) => `${variable} ${expected}`);
  return diagnosed(new Date(), 0, [
    {
      name: 'settings',
      title: 'Settings',
      group: 'Set-up',
      status: 'down',
      seen: `The settings cannot be used: ${told.join('; ')}.`,
      fix: 'Correct these variables in the environment or .env: a service does not start with them, and nothing else can be looked at before.',
      detail: { variables: problems.map(({ variable }) => variable) },
      durationMs: 0,
    },
  ]);
}

function diagnosed(startedAt: Date, tookMs: number, checks: CheckResult[]): DiagnosisJson {
  return diagnosisJson({
    status: worstOf(checks),
    startedAt,
    durationMs: Math.round(tookMs),
    checks,
  });
}
