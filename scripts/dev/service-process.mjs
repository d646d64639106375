import { spawn } from 'node:child_process';

/** A change arrives in several pieces: an editor's two writes, a compiler's files. */
const QUIET_MS = 100;
/** A service that does not end by itself within this time is killed. */
const STOP_LIMIT_MS = 10_000;

/**
 * The service as a child process that can be restarted. A service that ends by itself, as after a
 * syntax error in an agent, stays down until the next restart: it has reported the reason.
 */
export class ServiceProcess {
  /** `endCalls` resolves once no call is in progress; called before each stop. */
  constructor({ args, env, endCalls, say }) {
    this.args = args;
    this.env = env;
    this.endCalls = endCalls;
    this.say = say;
    this.child = null;
    this.stopping = null;
    this.timer = null;
    this.isOver = false;
  }

  /** Restarts the service soon; further calls until then are combined into one restart. */
  restart() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.startAnew(), QUIET_MS);
  }

  async startAnew() {
    await this.stop();
    if (this.child === null && !this.isOver) this.start();
  }

  /** Stops the service for good. */
  async end() {
    this.isOver = true;
    clearTimeout(this.timer);
    await this.stop();
  }

  start() {
    const child = spawn(process.execPath, this.args, { stdio: 'inherit', env: this.env });
    this.child = child;
    child.once('exit', (code, signal) => {
      this.child = null;
      if (this.stopping === null && !this.isOver) {
        this.say(
          `the service has ended (${signal ?? code}); it starts again after the next change`,
        );
      }
    });
  }

  stop() {
    this.stopping ??= this.stopNow().finally(() => (this.stopping = null));
    return this.stopping;
  }

  async stopNow() {
    const { child } = this;
    if (child === null) return;
    const gone = new Promise((resolve) => void child.once('exit', resolve));
    await this.endCalls();
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await gone;
    clearTimeout(kill);
  }
}
