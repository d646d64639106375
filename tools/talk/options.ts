import { parseArgs } from 'node:util';

/** What the caller does, in this order; each step begins when the agent has paused. */
export type Step = { kind: 'say'; file: string } | { kind: 'keys'; keys: string };

/** What has to be true of the call in the end. */
export type Expectation =
  | { kind: 'text'; text: string }
  | { kind: 'sound'; file: string }
  | { kind: 'fact'; name: string; value: string }
  | { kind: 'end'; reason: string };

export interface TalkOptions {
  workflow: string;
  steps: Step[];
  expectations: Expectation[];
  /** The silence of the agent that counts as a pause. */
  pauseMs: number;
  /** How long the caller waits for the agent to begin. */
  waitMs: number;
  /** When the caller hangs up at the latest. */
  maxSeconds: number;
  /** The beginning of the names of the files that are written. */
  out: string;
  /** A gateway that runs, without a slash at the end; null: one of its own. */
  url: string | null;
}

export const USAGE = `Usage: npm run talk -- WORKFLOW [options]

Calls a workflow with a scripted caller, through a gateway on a throw-away store and the simulated carrier,
and says what came of it. Settings of agents (AGENTS_DIR, MEDIA_DIR, OPENAI_API_KEY, …) are taken from the
environment and from .env.

WORKFLOW is a JSON file with the body of POST /api/v1/workflows; or the name of a workflow that every new
store has, such as Echo; or the name of an agent, which then has its default options. With --url, a file or an agent makes
a new workflow there.

What the caller does, in the order given, each when the agent has paused:
  --say FILE.wav            says it
  --keys 12#                presses these keys

What must be true in the end, each any number of times:
  --expect TEXT             the agent has said it; read from the transcript
  --expect-sound FILE.wav   the caller has heard it
  --expect-fact NAME=VALUE  the call has this fact
  --expect-end REASON       why the call ended, such as agent_hangup; for any but caller_hangup the caller
                            waits for that end

  --pause-ms N              the silence of the agent that is a pause (default 1000)
  --wait-ms N               how long the caller waits for the agent to begin (default 5000)
  --max-seconds N           when the caller hangs up at the latest (default 120)
  --url URL                 calls a workflow of a gateway that runs, whose carrier is simulated; its key is API_KEY, or
                            in the file api-key in DATA_DIR
  --out NAME                writes NAME.wav, what the caller heard, and NAME.json, the call (default talk)
  --help                    this text

Exit code: 0 when everything was as expected, 1 when something was not, 2 when the call could not be made or an
expectation could not be looked at.
`;

/** A mistake on the command line, or something that is missing. Its message is shown without a stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const OPTIONS = {
  say: { type: 'string', multiple: true },
  keys: { type: 'string', multiple: true },
  expect: { type: 'string', multiple: true },
  'expect-sound': { type: 'string', multiple: true },
  'expect-fact': { type: 'string', multiple: true },
  'expect-end': { type: 'string', multiple: true },
  'pause-ms': { type: 'string' },
  'wait-ms': { type: 'string' },
  'max-seconds': { type: 'string' },
  out: { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** @throws UsageError */
export function readOptions(args: readonly string[]): TalkOptions | 'help' {
  const { values, positionals, tokens } = parsed(args);
  if (values.help) return 'help';
  const [workflow, ...others] = positionals;
  if (workflow === undefined || others.length > 0) throw new UsageError('Name one workflow.');
  const steps: Step[] = [];
  const expectations: Expectation[] = [];
  for (const token of tokens) {
    if (token.kind !== 'option' || token.value === undefined) continue;
    const step = stepOf(token.name, token.value);
    if (step) steps.push(step);
    const expectation = expectationOf(token.name, token.value);
    if (expectation) expectations.push(expectation);
  }
  return {
    workflow,
    steps,
    expectations,
    pauseMs: whole('pause-ms', values['pause-ms'], 1_000, 60_000),
    waitMs: whole('wait-ms', values['wait-ms'], 5_000, 600_000),
    maxSeconds: whole('max-seconds', values['max-seconds'], 120, 3_600),
    out: values.out ?? 'talk',
    url: values.url === undefined ? null : urlIn(values.url),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, tokens: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function urlIn(text: string): string {
  const isOrigin = /^https?:\/\/[^/?#]+\/?$/.test(text) && URL.canParse(text);
  if (!isOrigin) throw new UsageError('--url is an http or https address without a path.');
  return text.replace(/\/$/, '');
}

function stepOf(name: string, value: string): Step | null {
  if (name === 'say') return { kind: 'say', file: value };
  if (name !== 'keys') return null;
  if (!/^[0-9A-D*#]+$/.test(value)) throw new UsageError('--keys takes 0-9, A-D, * and #.');
  return { kind: 'keys', keys: value };
}

function expectationOf(name: string, value: string): Expectation | null {
  switch (name) {
    case 'expect':
      return { kind: 'text', text: value };
    case 'expect-sound':
      return { kind: 'sound', file: value };
    case 'expect-end':
      return { kind: 'end', reason: value };
    case 'expect-fact': {
      const at = value.indexOf('=');
      if (at < 1) throw new UsageError('--expect-fact takes NAME=VALUE.');
      return { kind: 'fact', name: value.slice(0, at), value: value.slice(at + 1) };
    }
    default:
      return null;
  }
}

function whole(name: string, text: string | undefined, absent: number, most: number): number {
  if (text === undefined) return absent;
  if (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw new UsageError(`--${name} must be a whole number from 1 to ${most}.`);
}
