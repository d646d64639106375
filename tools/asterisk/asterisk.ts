import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeMulaw } from '../../src/audio/mulaw.js';
import { configFiles, type AsteriskOptions } from './config-files.js';
import { install } from './install.js';
import { defaultRoot, layoutOf, type Layout } from './layout.js';
import type { AsteriskPorts } from './ports.js';

const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 3_000;
/** Without these no call can be made. */
const NEEDED = [
  'chan_websocket',
  'res_ari_channels',
  'res_websocket_client',
  'chan_pjsip',
  'app_stasis',
];

/** A real Asterisk, as a process of its own, on loopback and in a folder that goes with it. */
export class Asterisk {
  readonly ports: AsteriskPorts;
  private child: ChildProcess | null = null;

  private constructor(
    readonly at: Layout,
    readonly directory: string,
    private readonly options: AsteriskOptions,
  ) {
    this.ports = options.ports;
  }

  /**
   * Installs it where it is not yet, and starts it. Resolves when ARI answers.
   * @throws CannotInstall
   */
  static async start(
    options: AsteriskOptions,
    say: (line: string) => void = () => undefined,
  ): Promise<Asterisk> {
    const root = defaultRoot();
    await install(root, say);
    const directory = mkdtempSync(join(tmpdir(), 'patchbay-asterisk-'));
    const asterisk = new Asterisk(layoutOf(root), directory, options);
    try {
      await asterisk.run();
    } catch (error) {
      await asterisk.stop();
      throw error;
    }
    return asterisk;
  }

  get ariUrl(): string {
    return `http://127.0.0.1:${this.ports.http}/ari`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Asterisk's own command line, such as `core show channels`. */
  cli(command: string): string {
    const config = join(this.directory, 'etc/asterisk.conf');
    const [file, ...args] = this.at.command('usr/sbin/asterisk');
    return execFileSync(file, [...args, '-C', config, '-rx', command], {
      encoding: 'utf8',
      env: environment(this.directory),
    });
  }

  /**
   * A sound that Asterisk has from now on, by its name.
   * @param samples 8 kHz
   */
  addSound(name: string, samples: Int16Array): void {
    const folder = join(this.at.share, 'sounds/en');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.ulaw`), encodeMulaw(samples));
  }

  /** Asks ARI, beside our service. */
  async ari<T>(path: string, method = 'GET'): Promise<T> {
    const { password } = this.options;
    const reply = await fetch(this.ariUrl + path, {
      method,
      headers: {
        Authorization: `Basic ${Buffer.from(`patchbay:${password}`).toString('base64')}`,
        Connection: 'close',
      },
    });
    if (!reply.ok) throw new Error(`${method} ${path}: HTTP ${reply.status}`);
    return (reply.status === 204 ? null : await reply.json()) as T;
  }

  /** Ends it like a crash, and starts it again with the same files. */
  async restart(): Promise<void> {
    this.child?.kill('SIGKILL');
    if (this.child?.exitCode === null) await once(this.child, 'exit');
    await this.run();
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child?.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await gone;
      clearTimeout(killer);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async run(): Promise<void> {
    const { at, directory } = this;
    for (const name of ['etc', 'lib', 'spool', 'run', 'log']) {
      mkdirSync(join(directory, name), { recursive: true });
    }
    for (const [name, text] of Object.entries(configFiles(at, directory, this.options))) {
      writeFileSync(join(directory, 'etc', name), text);
    }
    const config = join(directory, 'etc/asterisk.conf');
    const console = join(directory, 'log/console');
    this.child = spawnInto(console, directory, [
      ...at.command('usr/sbin/asterisk'),
      '-f',
      '-C',
      config,
    ]);
    const giveUpAt = performance.now() + START_WITHIN_MS;
    while (!(await this.isUp())) {
      if (this.child.exitCode === null && performance.now() < giveUpAt) {
        await sleep(50);
        continue;
      }
      throw new Error(`Asterisk did not start:\n${readFileSync(console, 'utf8').slice(-2_000)}`);
    }
  }

  private async isUp(): Promise<boolean> {
    try {
      const modules = await this.ari<Array<{ name: string; status: string }>>('/asterisk/modules');
      const running = modules.filter(({ status }) => status === 'Running');
      return NEEDED.every((name) => running.some((one) => one.name === `${name}.so`));
    } catch {
      return false;
    }
  }
}

/** Runs a program whose output goes into a file. */
export function spawnInto(
  output: string,
  directory: string,
  [file = '', ...args]: readonly string[],
): ChildProcess {
  const log = openSync(output, 'w');
  const child = spawn(file, args, {
    stdio: ['ignore', log, log],
    cwd: directory,
    env: environment(directory),
  });
  closeSync(log);
  return child;
}

function environment(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home, LC_ALL: 'C.UTF-8', TZ: 'UTC', TERM: 'dumb' };
}
