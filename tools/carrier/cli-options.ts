import { parseArgs } from 'node:util';
import type { CallBehaviour, CallbackBehaviour } from './calls/call-behaviour.js';
import type { CarrierOptions, NumberOptions } from './carrier-options.js';
import { wavToMulaw } from './media/wav.js';

export const HELP = `Usage: npm run carrier -- [options]
   or: node dist/tools/carrier/main.js [options]

A simulated Twilio: Calls REST API, signed webhooks and media streams, on this machine.

Account
  --account-sid <sid>        also CARRIER_ACCOUNT_SID; default: random
  --auth-token <token>       also CARRIER_AUTH_TOKEN, which ps does not show; default: random
  --api-key <sid:secret>     a standard API key, repeatable; also CARRIER_API_KEY, which ps does not show
  --number <+E164>           a number of the account, repeatable; default +15005550006
  --voice-url <url>          asked when a call comes in to any of the numbers
  --status-callback <url>    told when such a call has ended

Network
  --host <address>           default 127.0.0.1
  --port <port>              default 0, any free one
  --map <public=target>      e.g. https://patchbay.internal=http://127.0.0.1:8000, repeatable
  --connect-to <host=host:port>  where a public name really is, TLS kept, repeatable
  --ca <file>                PEM certificates to trust
  --insecure-tls             accept any certificate
  --allow-plain-http         accept http://, ws:// and loopback URLs

Calls
  --behaviour <what>         answer (default), busy, no-answer, reject or failed
  --sip-code <code>          final SIP code of a call that is not answered
  --ring-ms <ms>             ringing before the outcome; default 100
  --hang-up-after-ms <ms>    the far end hangs up so long after the answer; default: never
  --wav <file>               what the far end says (a WAV file); default: a test signal
  --callbacks <list>         of late, doubled, shuffled, dropped; comma-separated
  --answered-by <who>        result of machine detection; default human
  --calls-per-second <n>     more are queued; default: unlimited
  --list-lag-ms <ms>         how old what the REST API tells is; default 0
  --seed <n>                 of everything random; default 1

  --help                     this text

Exit codes: 0 stopped as asked (SIGINT, SIGTERM, parent gone), 1 could not start, 2 wrong options.
`;

/** A mistake on the command line. Its message is shown without a stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const OPTIONS = {
  'account-sid': { type: 'string' },
  'auth-token': { type: 'string' },
  'api-key': { type: 'string', multiple: true },
  number: { type: 'string', multiple: true },
  'voice-url': { type: 'string' },
  'status-callback': { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  map: { type: 'string', multiple: true },
  'connect-to': { type: 'string', multiple: true },
  ca: { type: 'string' },
  'insecure-tls': { type: 'boolean' },
  'allow-plain-http': { type: 'boolean' },
  behaviour: { type: 'string' },
  'sip-code': { type: 'string' },
  'ring-ms': { type: 'string' },
  'hang-up-after-ms': { type: 'string' },
  wav: { type: 'string' },
  callbacks: { type: 'string' },
  'answered-by': { type: 'string' },
  'calls-per-second': { type: 'string' },
  'list-lag-ms': { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const OUTCOMES = ['answer', 'busy', 'no-answer', 'reject', 'failed'] as const;
const ANSWERED_BY = [
  'human',
  'machine_start',
  'machine_end_beep',
  'machine_end_silence',
  'machine_end_other',
  'fax',
  'unknown',
] as const;

/** `--callbacks late`: up to this many milliseconds. */
const LATE_MS = [100, 3000] as const;
/** `--callbacks dropped`: every fifth. */
const DROPPED = 0.2;

/** Command line and environment as options; 'help' if `--help` was given. Throws UsageError. */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => Buffer,
): CarrierOptions | 'help' {
  const values = parsed(args);
  if (values.help) return 'help';
  const accountSid = values['account-sid'] ?? environment['CARRIER_ACCOUNT_SID'];
  const authToken = values['auth-token'] ?? environment['CARRIER_AUTH_TOKEN'];
  if (accountSid !== undefined && !/^AC[0-9a-fA-F]{32}$/.test(accountSid)) {
    throw new UsageError('--account-sid must be AC and 32 hexadecimal digits');
  }
  return defined({
    accountSid,
    authToken,
    apiKeys: apiKeys(values['api-key'] ?? [environment['CARRIER_API_KEY'] ?? '']),
    numbers: numbers(values.number, values['voice-url'], values['status-callback']),
    host: values.host,
    port: whole('port', values.port),
    originMap: origins('map', values.map),
    connectTo: pairs('connect-to', values['connect-to']),
    ca: values.ca === undefined ? undefined : readFile(values.ca),
    insecureTls: values['insecure-tls'],
    allowPlainHttp: values['allow-plain-http'],
    callsPerSecond: whole('calls-per-second', values['calls-per-second'], 1),
    listLagMs: whole('list-lag-ms', values['list-lag-ms']),
    seed: whole('seed', values.seed),
    behaviour: behaviour(values, readFile),
  });
}

function apiKeys(texts: readonly string[]) {
  const given = texts.filter((text) => text !== '');
  if (given.length === 0) return undefined;
  return given.map((text) => {
    const [, sid = '', secret = ''] = /^(SK[0-9a-fA-F]{32}):(.+)$/.exec(text) ?? [];
    if (secret === '')
      throw new UsageError('--api-key must be SK, 32 hexadecimal digits, : and the secret');
    return { sid, secret, kind: 'standard' as const };
  });
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function behaviour(
  values: ReturnType<typeof parsed>,
  readFile: (path: string) => Buffer,
): CallBehaviour {
  return defined({
    outcome: oneOf('behaviour', values.behaviour, OUTCOMES),
    sipCode: whole('sip-code', values['sip-code']),
    ringMs: whole('ring-ms', values['ring-ms']),
    hangUpAfterMs: whole('hang-up-after-ms', values['hang-up-after-ms']),
    answeredBy: oneOf('answered-by', values['answered-by'], ANSWERED_BY),
    audio: values.wav === undefined ? undefined : recording(readFile(values.wav)),
    callbacks: callbacks(values.callbacks),
  });
}

function recording(file: Buffer): { mulaw: Buffer } {
  try {
    return { mulaw: wavToMulaw(file) };
  } catch (error) {
    throw new UsageError(`--wav: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function callbacks(list: string | undefined): CallbackBehaviour | undefined {
  if (list === undefined) return undefined;
  const faults: CallbackBehaviour = {};
  for (const fault of list.split(',')) {
    if (fault === 'late') faults.delayMs = LATE_MS;
    else if (fault === 'doubled') faults.doubled = true;
    else if (fault === 'shuffled') faults.shuffled = true;
    else if (fault === 'dropped') faults.dropped = DROPPED;
    else throw new UsageError('--callbacks takes late, doubled, shuffled, dropped');
  }
  return faults;
}

function numbers(
  list: string[] | undefined,
  voiceUrl: string | undefined,
  statusCallback: string | undefined,
): NumberOptions[] {
  return (list ?? ['+15005550006']).map((phoneNumber) => {
    if (!/^\+[1-9]\d{6,14}$/.test(phoneNumber)) throw new UsageError('--number must be E.164');
    return defined({ phoneNumber, voiceUrl, statusCallback });
  });
}

function pairs(name: string, list: string[] | undefined): Record<string, string> | undefined {
  return (
    list &&
    Object.fromEntries(
      list.map((pair): [string, string] => {
        const at = pair.indexOf('=');
        if (at < 1) throw new UsageError(`--${name} takes <public>=<target>`);
        return [pair.slice(0, at), pair.slice(at + 1)];
      }),
    )
  );
}

function origins(name: string, list: string[] | undefined): Record<string, string> | undefined {
  const map = pairs(name, list);
  for (const url of Object.entries(map ?? {}).flat()) {
    if (!URL.canParse(url) || !/^https?:/.test(url)) {
      throw new UsageError(`--${name} takes origins such as https://patchbay.internal`);
    }
  }
  return map;
}

function whole(name: string, text: string | undefined, least = 0): number | undefined {
  if (text === undefined) return undefined;
  const most = name === 'port' ? 65_535 : 999_999_999;
  if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  throw new UsageError(`--${name} must be a whole number from ${least} to ${most}`);
}

function oneOf<const T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  const choice = choices.find((one) => one === text);
  if (text !== undefined && choice === undefined) {
    throw new UsageError(`--${name} must be one of ${choices.join(', ')}`);
  }
  return choice;
}

/** A copy without the fields that were not given. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
