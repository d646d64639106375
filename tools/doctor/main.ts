/** `npm run doctor`: asks the running gateway what is wrong with it. */
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
  type Asked,
  type DiagnosisJson,
  type RunEvent,
} from './ask.js';
import { askReadiness } from './readiness.js';
import { readOptions, USAGE, type DoctorOptions } from './options.js';
import { renderAlert, renderLine, renderRepairs, renderTable, type TableStyle } from './table.js';

const EXIT_DOWN = 1;
const EXIT_NOT_ASKED = 2;
const WIDTH_MIN = 40;
const WIDTH_MAX = 100;

async function main(args: string[]): Promise<number> {
  const options = readOptionsOrExplain(args);
  if (typeof options === 'number') return options;
  try {
    const settings = loadSettings();
    const url = options.url ?? urlOf(settings);
    if (options.repairNumbers) return await repairNumbers({ url, key: keyOf(settings) }, options);
    if (options.alertTest) return await testAlerts({ url, key: keyOf(settings) }, options);
    const diagnosis = await diagnose(url, settings, options);
    print(diagnosis, options);
    return diagnosis.status === 'down' ? EXIT_DOWN : 0;
  } catch (error) {
    const expected = error instanceof AskError || error instanceof SettingsError;
    const text = error instanceof Error ? (expected ? error.message : error.stack) : String(error);
    process.stderr.write(`${text}\n`);
    return EXIT_NOT_ASKED;
  }
}

/** The doctor's own examination. If there is none, what the gateway tells everybody about the reason. */
async function diagnose(
  url: string,
  settings: Settings,
  { quick, idleSeconds, json }: DoctorOptions,
): Promise<DiagnosisJson> {
  try {
    const asked = { url, key: keyOf(settings) };
    return quick
      ? await askQuick(asked)
      : await askFull(asked, idleSeconds, json ? () => undefined : narrate);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const readiness = await askReadiness(url);
    // The gateway is ready, so the key or the request is at fault.
    if (readiness?.status !== 'down') throw error;
    process.stderr.write(`${error.message}\nThis is what it says at /health/ready:\n`);
    return readiness;
  }
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
