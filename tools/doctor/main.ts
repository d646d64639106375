/** `npm run doctor`: asks the running gateway what is wrong with it, or looks itself where none answers. */
import { networkInterfaces } from 'node:os';
import { loadSettings } from '../../src/load-settings.js';
import { SettingsError } from '../../src/config/settings-error.js';
import type { Settings } from '../../src/parse-settings.js';
import { NoKeyError, ownKey } from '../own-key.js';
import {
  askAlertTest,
  AskError,
  askFull,
  askQuick,
  askRepair,
  RefusedError,
  SilentError,
  type Asked,
  type CheckJson,
  type DiagnosisJson,
  type RunEvent,
} from './ask.js';
import { askReadiness } from './readiness.js';
import { readOptions, USAGE, type DoctorOptions } from './options.js';
import {
  renderAlert,
  renderChanges,
  renderLine,
  renderRepairs,
  renderTable,
  type TableStyle,
} from './table.js';
import { watch, type Round } from './watch.js';

const EXIT_DOWN = 1;
const EXIT_NOT_ASKED = 2;
/** What a round may leave open, such as a connection that hangs, keeps the process no longer. */
const LEFT_OPEN_MS = 1_000;
const WIDTH_MIN = 40;
const WIDTH_MAX = 100;

async function main(args: string[]): Promise<number> {
  const options = readOptionsOrExplain(args);
  if (typeof options === 'number') return options;
  if (options.repairNumbers || options.alertTest) return order(options);
  if (options.watchSeconds !== null) return watchOn(options, options.watchSeconds * 1000);
  const { code, diagnosis, message } = await examine(options);
  if (message !== null) process.stderr.write(`${message}\n`);
  if (diagnosis !== null) print(diagnosis, options);
  return code;
}

/** What changes something, in place of an examination. */
async function order(options: DoctorOptions): Promise<number> {
  try {
    const settings = loadSettings();
    const asked = { url: options.url ?? urlOf(settings), key: keyOf(settings) };
    return await (options.repairNumbers ? repairNumbers : testAlerts)(asked, options);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return EXIT_NOT_ASKED;
  }
}

async function watchOn(options: DoctorOptions, everyMs: number): Promise<number> {
  const over = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort());
  const quick = { ...options, quick: true };
  return watch({
    everyMs,
    examine: () => examine(quick),
    tell: (round, changed) => tellRound(round, changed, quick),
    signal: over.signal,
  });
}

function tellRound(
  { diagnosis, message }: Round,
  changed: readonly CheckJson[] | null,
  options: DoctorOptions,
): void {
  if (message !== null) process.stderr.write(`${message}\n`);
  if (diagnosis === null) return;
  if (options.json) {
    const { status, started_at } = diagnosis;
    const line = changed === null ? diagnosis : { status, started_at, changed };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  } else if (changed === null) {
    print(diagnosis, options);
  } else if (changed.length > 0) {
    process.stdout.write(renderChanges(new Date(), changed, styleOf(process.stdout)));
  }
}

/** One examination, of whichever kind can be made. */
async function examine(options: DoctorOptions): Promise<Round> {
  try {
    const told: string[] = [];
    const diagnosis = await diagnose(options, (message) => told.push(message));
    const message = told.length === 0 ? null : told.join('\n');
    return { code: diagnosis.status === 'down' ? EXIT_DOWN : 0, diagnosis, message };
  } catch (error) {
    return { code: EXIT_NOT_ASKED, diagnosis: null, message: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isExpected = error instanceof AskError || error instanceof SettingsError;
  return isExpected ? error.message : (error.stack ?? error.message);
}

/** The doctor's own examination. If there is none, what the gateway tells everybody about the reason. */
async function diagnose(
  options: DoctorOptions,
  say: (message: string) => void,
): Promise<DiagnosisJson> {
  let settings: Settings;
  try {
    settings = loadSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    // The program of the service is loaded only where it is needed.
    const { examineSettings } = await import('./own/examine.js');
    return examineSettings(error);
  }
  const { quick, idleSeconds, json, watchSeconds } = options;
  const url = options.url ?? urlOf(settings);
  const onEvent = json || watchSeconds !== null ? () => undefined : narrate;
  try {
    const asked = { url, key: keyOf(settings) };
    return quick ? await askQuick(asked) : await askFull(asked, idleSeconds, onEvent);
  } catch (error) {
    if (!(error instanceof RefusedError || error instanceof SilentError)) throw error;
    const readiness = error instanceof RefusedError ? await askReadiness(url) : null;
    if (readiness?.status === 'down') {
      say(`${error.message}\nThis is what it says at /health/ready:`);
      return readiness;
    }
    // A gateway that is ready: the key or the request is at fault.
    if (readiness !== null || !isHere(url)) throw error;
    say(`${error.message}\nThis is what can be seen without it:`);
    const { examineAlone } = await import('./own/examine.js');
    const hangs = error instanceof SilentError && error.hangs;
    return examineAlone(settings, { url, hangs }, onEvent);
  }
}

/** Whether this machine is asked: what is seen from here says nothing of another. */
function isHere(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(127\.|localhost$|\[::1\]$)/.test(hostname) || addressesHere().includes(hostname);
}

/** As the host of a URL has them. */
function addressesHere(): string[] {
  return Object.values(networkInterfaces()).flatMap((list = []) =>
    list.map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address)),
  );
}

async function repairNumbers(asked: Asked, { json }: DoctorOptions): Promise<number> {
  const repairs = await askRepair(asked);
  process.stdout.write(json ? `${JSON.stringify(repairs, null, 2)}\n` : renderRepairs(repairs));
  return repairs.every(({ repaired }) => repaired) ? 0 : EXIT_DOWN;
}

async function testAlerts(asked: Asked, { json }: DoctorOptions): Promise<number> {
  const alert = await askAlertTest(asked);
  process.stdout.write(json ? `${JSON.stringify(alert, null, 2)}\n` : renderAlert(alert));
  return alert.deliveries.every(({ state }) => state === 'delivered') ? 0 : EXIT_DOWN;
}

function readOptionsOrExplain(args: string[]): DoctorOptions | number {
  try {
    const options = readOptions(args);
    if (!options.help) return options;
    process.stdout.write(USAGE);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return EXIT_NOT_ASKED;
  }
}

/** Progress goes to standard error for a person who watches; the result goes to standard output. */
function narrate(event: RunEvent): void {
  if (!process.stderr.isTTY) return;
  switch (event.state) {
    case 'started':
      return;
    case 'progress':
      process.stderr.write(`  … ${event.name}: ${event.note}\n`);
      return;
    case 'finished':
      process.stderr.write(`${renderLine(event, styleOf(process.stderr))}\n`);
      return;
    default:
      event satisfies never;
  }
}

function print(diagnosis: DiagnosisJson, { json }: DoctorOptions): void {
  process.stdout.write(
    json
      ? `${JSON.stringify(diagnosis, null, 2)}\n`
      : `\n${renderTable(diagnosis, styleOf(process.stdout))}`,
  );
}

/** https://no-color.org */
function styleOf(stream: NodeJS.WriteStream): TableStyle {
  const colour = stream.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  // Some terminals report a width of 0.
  const width = Math.min(stream.columns || WIDTH_MAX, WIDTH_MAX);
  return { colour, width: Math.max(width, WIDTH_MIN) };
}

function urlOf({ http: { host, port } }: Settings): string {
  if (port === 0) throw new AskError('PORT is 0: say where the gateway listens with --url.');
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function keyOf(settings: Settings): string {
  try {
    return ownKey(settings, 'the doctor');
  } catch (error) {
    throw error instanceof NoKeyError ? new RefusedError(error.message) : error;
  }
}

process.exitCode = await main(process.argv.slice(2));
setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();
