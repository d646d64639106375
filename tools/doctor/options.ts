import { parseArgs } from 'node:util';

export interface DoctorOptions {
  /** Run only the checks that take no time. */
  quick: boolean;
  /** Repair numbers in place of an examination. */
  repairNumbers: boolean;
  /** Send a test message to those who are told of alerts, in place of an examination. */
  alertTest: boolean;
  /** Print the result as JSON in place of the table. */
  json: boolean;
  /** Where the gateway listens; null: at HOST and PORT. */
  url: string | null;
  /** How long the silent WebSocket is held; null: the gateway's default. */
  idleSeconds: number | null;
  /** Run the quick checks again every so many seconds; null: once. */
  watchSeconds: number | null;
  help: boolean;
}

const WATCH_DEFAULT = '30';

export const USAGE = `Usage: npm run doctor -- [options]

Asks the running gateway to examine itself, and prints what it found. The last line names what is down.
A gateway that cannot check the key, because its store is away, is asked for its readiness instead.
Where none answers on this machine, the command itself looks at what it can: settings, ports, store, disk,
recordings, carriers, public address, clock. Every check ends by itself.
Settings (HOST, PORT, API_KEY, DATA_DIR) are the gateway's own: run it in the same directory.

  --quick             only the checks that take no time
  --idle-seconds N    how long a silent WebSocket is held, 1 to 300 (default 75)
  --json              the result as JSON
  --watch [N]         the quick checks every N seconds, 5 to 3600 (default 30); prints what has
                      changed, until Ctrl-C; with --json a line of JSON each time
  --repair-numbers    sets our URLs at the carrier where a claimed number has others, and ends
  --alert-test        sends a test message to those who are told what is down, and ends
  --url URL           where the gateway listens (default by HOST and PORT)
  --help              this text

Exit code: 0 when nothing is down (or all numbers were repaired, or the
test message arrived), 1 when something is (or one was not, or it did not;
also when no gateway answers here, or the settings cannot be used), 2 when
the gateway cannot be asked: another machine's does not answer, it does not
take the key, or an option is wrong. --watch ends with that of its last round.
`;

/** @throws Error that says what is wrong with the arguments */
export function readOptions(args: string[]): DoctorOptions {
  const { values } = parseArgs({
    args: withWatchDefault(args),
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'repair-numbers': { type: 'boolean', default: false },
      'alert-test': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      url: { type: 'string' },
      watch: { type: 'string' },
      'idle-seconds': { type: 'string' },
    },
  });
  const idle = values['idle-seconds'];
  const idleSeconds = idle === undefined ? null : Number(idle);
  if (
    idleSeconds !== null &&
    !(Number.isInteger(idleSeconds) && idleSeconds >= 1 && idleSeconds <= 300)
  ) {
    throw new Error('--idle-seconds must be a whole number from 1 to 300');
  }
  const watchSeconds = values.watch === undefined ? null : Number(values.watch);
  if (
    watchSeconds !== null &&
    !(Number.isInteger(watchSeconds) && watchSeconds >= 5 && watchSeconds <= 3_600)
  ) {
    throw new Error('--watch must be a whole number of seconds from 5 to 3600');
  }
  const url = values.url?.replace(/\/$/, '') ?? null;
  if (url !== null && !/^https?:\/\/[^/]+$/.test(url)) {
    throw new Error('--url must be an origin, such as http://127.0.0.1:8000');
  }
  const { quick, json, help, 'repair-numbers': repairNumbers, 'alert-test': alertTest } = values;
  if (watchSeconds !== null && (repairNumbers || alertTest)) {
    throw new Error('--watch must be without --repair-numbers and --alert-test');
  }
  return { quick, repairNumbers, alertTest, json, help, url, idleSeconds, watchSeconds };
}

/** `--watch` may stand alone, which `parseArgs` knows of no option with a value. */
function withWatchDefault(args: readonly string[]): string[] {
  return args.flatMap((argument, index) =>
    argument === '--watch' && !/^\d/.test(args[index + 1] ?? '')
      ? [argument, WATCH_DEFAULT]
      : [argument],
  );
}
