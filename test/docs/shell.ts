import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { until } from '../support/patience.js';

/** A command that has not ended by then never will. */
const COMMAND_MS = 150_000;
/** How long what stays may take to end. */
const CTRL_C_MS = 3_000;
const TAIL = 3_000;

/** Where the pages say that the service listens. */
const PRINTED = /\b(127\.0\.0\.1|localhost):8000\b/g;

/** A command that goes on while the next ones run. */
export interface Staying {
  output(): string;
  /** As Ctrl+C does; what waits for live calls is killed after three seconds. */
  stop(): Promise<void>;
}

interface Running {
  child: ChildProcess;
  output: { all: string; stdout: string };
  exited: Promise<number | string>;
}

/**
 * Does what the pages print as it is printed, in Bash, and ends at the first command that fails. Two
 * things differ from what a reader does: the service listens on a free port in place of 8000, and curl
 * fails on a reply of 400 and above, so that it is noticed.
 */
export class Shell {
  private constructor(
    private readonly port: number,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** @param folder an empty one, for what is put beside the commands of this machine */
  static async open(folder: string, port: number): Promise<Shell> {
    await mkdir(folder, { recursive: true });
    const curl = join(folder, 'curl');
    await writeFile(curl, `#!/bin/sh\nexec ${programOf('curl')} --fail-with-body "$@"\n`);
    await chmod(curl, 0o755);
    return new Shell(port, {
      ...withoutOurs(process.env),
      PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
      PORT: String(port),
      npm_config_prefer_offline: 'true',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    });
  }

  /** What a page prints, with the port that it has here. */
  here(text: string): string {
    return text.replace(PRINTED, `$1:${this.port}`);
  }

  /**
   * @returns what it wrote to standard output
   * @throws Error with the end of its output, unless it ended with this code
   */
  async run(text: string, cwd: string, exits = 0): Promise<string> {
    const running = this.start(text, cwd);
    const code = await endOf(running);
    if (code !== exits) throw failure(`ended with ${code}`, running);
    return running.output.stdout;
  }

  /** Returns once it has printed the text. @throws Error when it ends before */
  async stay(text: string, cwd: string, printed: string): Promise<Staying> {
    const running = this.start(text, cwd);
    let ended: number | string | null = null;
    void running.exited.then((code) => (ended = code));
    await until(() => running.output.all.includes(printed) || ended !== null);
    if (ended !== null)
      throw failure(`ended with ${String(ended)} before it said ${printed}`, running);
    return {
      output: () => running.output.stdout,
      stop: async () => {
        kill(running.child, 'SIGINT');
        await endOf(running, CTRL_C_MS);
      },
    };
  }

  private start(text: string, cwd: string): Running {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', this.here(text)], {
      cwd,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, which is ended as a whole.
      detached: true,
    });
    const output = { all: '', stdout: '' };
    child.stdout?.on('data', (data: Buffer) => {
      output.all += data.toString();
      output.stdout += data.toString();
    });
    child.stderr?.on('data', (data: Buffer) => (output.all += data.toString()));
    const exited = new Promise<number | string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
    });
    return { child, output, exited };
  }
}

function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** What has not ended by then is killed. */
async function endOf({ child, exited }: Running, limitMs = COMMAND_MS): Promise<number | string> {
  const timer = setTimeout(() => kill(child, 'SIGKILL'), limitMs);
  const code = await exited;
  clearTimeout(timer);
  return code;
}

function failure(what: string, { output }: Running): Error {
  return new Error(`${what}\n${output.all.slice(-TAIL)}`);
}

function programOf(name: string): string {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  const found = paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error(`the pages use ${name}, which is not installed`);
  return found;
}

/** The environment of somebody who has set nothing of Patchbay's, npm's or the tests'. */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = new Set(
    [...readFileSync('.env.example', 'utf8').matchAll(/^#?([A-Z0-9_]+)=/gm)].map(
      ([, name]) => name,
    ),
  );
  const ours =
    /^(?:npm_(?!config_(?:registry|cache|userconfig))|TEST_|JEST_|NODE_OPTIONS|NODE_ENV|SEED$|LONG_TESTS$|INIT_CWD$)/;
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !settings.has(name) && !ours.test(name)),
  );
}
