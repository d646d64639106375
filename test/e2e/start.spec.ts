import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeMulaw } from '../../src/audio/mulaw.js';
import { mulawToWav } from '../../tools/carrier/media/wav.js';
import { Api } from '../support/api.js';
import { until } from '../support/patience.js';
import { directory, endPrograms, lineOf, logOf, start, type Started } from '../support/program.js';

async function urlOf(one: Started): Promise<string> {
  const line = await until(() => {
    if (one.child.exitCode !== null) throw new Error(`it ended: ${one.stderr}`);
    return lineOf(one, 'service.listening');
  }, `listening (${one.stderr})`);
  return String(line['url']);
}

/** False for a zombie too, which only waits for somebody to ask for its exit code. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The one child that the gateway has: the simulated carrier. */
async function carrierOf(one: Started): Promise<number> {
  return until(() => {
    if (process.platform === 'linux') {
      return Number(readFileSync(`/proc/${one.pid}/task/${one.pid}/children`, 'utf8').trim());
    }
    try {
      return Number(execFileSync('pgrep', ['-P', String(one.pid)], { encoding: 'utf8' }).trim());
    } catch {
      return null;
    }
  }, 'the simulated carrier');
}

async function keyOf(cwd: string): Promise<string> {
  const path = join(cwd, 'data', 'api-key');
  await until(() => existsSync(path), 'the generated key');
  return readFileSync(path, 'utf8').trim();
}

/** Of each thread on Linux: its nice value, and the processor time that it has had, in the system's ticks. */
function threadsOf(pid: number): Array<{ id: number; nice: number; ticks: number }> {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).map((id) => {
    // From the third field on: the name before it may hold anything.
    const fields = readFileSync(`${tasks}/${id}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return {
      id: Number(id),
      nice: Number(fields[16]),
      ticks: Number(fields[11]) + Number(fields[12]),
    };
  });
}

/** Half a second that no line makes by itself. */
function beep(): Int16Array {
  return Int16Array.from({ length: 4_000 }, (_, n) => 9_000 * Math.sin(n * (0.3 + n / 20_000)));
}

async function liveCall(api: Api): Promise<number> {
  const placed = await api.place({ to: '+12025550143' });
  await api.until(placed.workflow_run_id, (call) => call.streaming);
  return placed.workflow_run_id;
}

afterAll(endPrograms);

describe('settings that cannot be used', () => {
  it('exit 1 and one message that names every bad variable and holds no value', async () => {
    const cwd = await directory();
    const secrets = {
      API_KEY: 'too-short-secret',
      TWILIO_AUTH_TOKEN: 'hush hush token',
      DATABASE_URL: 'mysql://someone:open-sesame@db/patchbay',
    };
    const one = start(cwd, {
      ...secrets,
      PORT: 'http',
      PUBLIC_URL: 'http://gw.example.com:8443',
      TWILIO_ACCOUNT_SID: 'AC123',
      MAX_CONCURRENT_CALLS: '-1',
      SIMULATED_CARRIER: 'maybe',
      LOG_LEVEL: 'loud',
    });
    expect(await one.exited).toBe(1);
    expect(one.stdout).toBe('');
    for (const variable of [
      'PORT',
      'PUBLIC_URL',
      'API_KEY',
      'DATABASE_URL',
      'TWILIO_ACCOUNT_SID',
      'TWILIO_AUTH_TOKEN',
      'TWILIO_FROM_NUMBERS',
      'MAX_CONCURRENT_CALLS',
      'SIMULATED_CARRIER',
      'LOG_LEVEL',
    ]) {
      expect(one.stderr).toMatch(new RegExp(`^ {2}${variable} must be `, 'm'));
    }
    for (const secret of [...Object.values(secrets), 'open-sesame', 'hush', 'AC123', '8443']) {
      expect(one.stderr).not.toContain(secret);
    }
    // The examples are for people to read, and nobody's numbers.
    expect(one.stderr).toContain('such as +12025550100,+442079460000');
    expect(one.stderr).not.toMatch(/^\s+at /m);
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe('with nothing configured', () => {
  let cwd: string;
  let one: Started;
  /** On the same DATA_DIR, and on the same port. */
  let rivals: { store: Started; port: Started };
  let url: string;
  let api: Api;
  let carrier: number;

  beforeAll(async () => {
    cwd = await directory();
    one = start(cwd);
    url = await urlOf(one);
    rivals = {
      store: start(await directory(), { DATA_DIR: join(cwd, 'data') }),
      port: start(await directory(), { PORT: new URL(url).port }),
    };
    api = new Api({ url }, await keyOf(cwd));
    carrier = await carrierOf(one);
  });

  it('its log says that the simulated carrier is in use and how to change that', async () => {
    expect(lineOf(one, 'service.listening')).toMatchObject({ carrier: 'simulated' });
    const line = await until(() => lineOf(one, 'simulated_carrier.in_use'), 'the line');
    expect(line).toMatchObject({ level: 'warn', because: 'no carrier is configured' });
    expect(line['calls']).toBe('simulated: none of them leaves this machine');
    expect(line['fix']).toContain('TWILIO_ACCOUNT_SID');
    const health = await fetch(`${url}/health/ready`);
    expect(await health.json()).toMatchObject({
      warnings: ['carriers: calls are simulated and never leave this machine'],
      public_url: { source: 'simulated' },
      carriers: [{ configured: true, simulated: true }],
    });
  });

  it("user 1's key is in a file that its owner alone may read, and nowhere in the log", async () => {
    const key = await keyOf(cwd);
    expect(key).toMatch(/^pbk_[\w-]{43}$/);
    expect(statSync(join(cwd, 'data', 'api-key')).mode & 0o777).toBe(0o600);
    expect(statSync(join(cwd, 'data')).mode & 0o077).toBe(0);
    expect(statSync(join(cwd, 'data', 'patchbay.db')).mode & 0o077).toBe(0);
    expect(one.stdout + one.stderr).not.toContain(key);
  });

  it('the first start says where the key is, and lets nobody in who reads collected output', async () => {
    const told = await until(
      () => /^Console: .*\n$/m.exec(one.stderr)?.[0],
      'the address of the console',
    );
    expect(told).toBe(`Console: ${url}/console (sign in with the key in data/api-key)\n`);
    expect(one.stdout + one.stderr).not.toContain('ticket');
  });

  it('a call works from the dial to the hang-up', async () => {
    const runId = await liveCall(api);
    await api.request('POST', `/telephony/calls/${runId}/hangup`);
    const call = await api.until(runId, (state) => state.ended_at !== null);
    expect(call).toMatchObject({ status: 'completed', end_reason: 'api_hangup' });
    expect(call.events.map(({ status }) => status)).toEqual(
      expect.arrayContaining(['initiated', 'ringing', 'answered', 'completed']),
    );
    expect(one.stdout).not.toMatch(/\+12025550143/);
  });

  (process.platform === 'linux' ? it : it.skip)(
    'the threads that compile and collect garbage give way to the one that carries the calls',
    () => {
      const threads = threadsOf(one.pid);
      expect(threads.find(({ id }) => id === one.pid)?.nice).toBe(0);
      const helpers = threads.filter(({ nice }) => nice > 0);
      const others = threads.filter(({ id, nice }) => id !== one.pid && nice === 0);
      // They have compiled all that the start has run; nobody else beside the loop has had as much to do.
      const busiest = Math.max(...helpers.map(({ ticks }) => ticks));
      expect(busiest).toBeGreaterThan(Math.max(...others.map(({ ticks }) => ticks)));
      expect(others.length).toBeGreaterThan(0);
    },
  );

  it('a second instance on the same DATA_DIR is refused with a message that says what to do', async () => {
    expect(await rivals.store.exited).toBe(1);
    expect(rivals.store.stderr).toContain('another Patchbay is using');
    expect(rivals.store.stderr).toContain('DATA_DIR');
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('a port that is taken: exit 1, and the message names it', async () => {
    expect(await rivals.port.exited).toBe(1);
    expect(rivals.port.stderr).toMatch(
      new RegExp(`port ${new URL(url).port} on .* in use \\(EADDRINUSE\\).\n {2}PORT: `),
    );
  });

  it('a scripted caller talks to a workflow of it, which needs neither a store nor a carrier', async () => {
    const folder = await directory();
    await writeFile(join(folder, 'beep.wav'), mulawToWav(encodeMulaw(beep())));
    const talk = (...args: string[]) => {
      const env = { DATA_DIR: join(cwd, 'data') };
      return start(folder, env, { program: 'tools/talk/main.js', args });
    };
    const met = talk('Echo', '--url', url, '--say', 'beep.wav', '--expect-sound', 'beep.wav');
    const outcome = await met.exited;
    expect([outcome, met.stdout + met.stderr]).toEqual([
      0,
      expect.stringMatching(/heard beep\.wav: \d+ %/),
    ]);
    const { end_reason: reason } = JSON.parse(
      await readFile(join(folder, 'talk.json'), 'utf8'),
    ) as { end_reason: string };
    expect(reason).toBe('caller_hangup');
  });

  it('SIGTERM ends both, exit 0; the next start finds the calls, and the key is the same', async () => {
    const key = await keyOf(cwd);
    one.child.kill('SIGTERM');
    expect(await one.exited).toBe(0);
    expect(isRunning(carrier)).toBe(false);
    expect(one.stderr).toMatch(/^Console: [^\n]*\n$/);
    const next = start(cwd);
    const again = new Api({ url: await urlOf(next) }, key);
    expect(await again.call(1)).toMatchObject({ status: 'completed', end_reason: 'api_hangup' });
    next.child.kill('SIGINT');
    expect(await next.exited).toBe(0);
    // Told once; nobody sits before this one.
    expect(next.stderr).toBe('');
  });
});

describe('a hard end', () => {
  it('SIGKILL of the gateway: the simulated carrier goes too, and the next start has the store at once', async () => {
    const cwd = await directory();
    const one = start(cwd);
    const api = new Api({ url: await urlOf(one) }, await keyOf(cwd));
    const carrier = await carrierOf(one);
    const runId = await liveCall(api);
    one.child.kill('SIGKILL');
    expect(await one.exited).toBe('SIGKILL');
    await until(() => !isRunning(carrier), 'the end of the simulated carrier');
    const next = start(cwd);
    const again = new Api({ url: await urlOf(next) }, await keyOf(cwd));
    expect(await again.call(runId)).toMatchObject({ status: 'answered' });
    next.child.kill('SIGTERM');
    expect(await next.exited).toBe(0);
  });

  it('the simulated carrier ends by itself: it is started again, and calls work', async () => {
    const cwd = await directory();
    const one = start(cwd, { DRAIN_TIMEOUT_SECONDS: '0' });
    const api = new Api({ url: await urlOf(one) }, await keyOf(cwd));
    const carrier = await carrierOf(one);
    await liveCall(api);
    process.kill(carrier, 'SIGKILL');
    await until(() => lineOf(one, 'simulated_carrier.exited'), 'the warning');
    expect(await carrierOf(one)).not.toBe(carrier);
    await liveCall(api);
    one.child.kill('SIGTERM');
    expect(await one.exited).toBe(0);
  });
});

describe('asked to stop with a call in progress', () => {
  it('Ctrl-C, which reaches every process of the terminal, lets the call be ended in order', async () => {
    const cwd = await directory();
    const one = start(cwd, {}, { detached: true });
    const api = new Api({ url: await urlOf(one) }, await keyOf(cwd));
    const carrier = await carrierOf(one);
    const runId = await liveCall(api);
    process.kill(-one.pid, 'SIGINT');
    // What npm hands on of the same Ctrl-C is no second order.
    process.kill(-one.pid, 'SIGINT');
    const told = await until(() => lineOf(one, 'service.draining'), 'the first line');
    expect(told).toMatchObject({
      step: 'started',
      calls: 1,
      seconds_left: 300,
      stop_now: expect.stringContaining('Ctrl-C'),
    });
    expect(isRunning(carrier)).toBe(true);
    expect(await api.call(runId)).toMatchObject({ status: 'answered', streaming: true });
    await api.request('POST', `/telephony/calls/${runId}/hangup`);
    expect(await one.exited).toBe(0);
    expect(logOf(one).findLast(({ event }) => event === 'service.draining')).toMatchObject({
      step: 'finished',
      calls: 0,
    });
    expect(isRunning(carrier)).toBe(false);
  });

  it('asked a second time it does not wait: exit 1, and the simulated carrier goes too', async () => {
    const cwd = await directory();
    const one = start(cwd, { DRAIN_TIMEOUT_SECONDS: '60' });
    const api = new Api({ url: await urlOf(one) }, await keyOf(cwd));
    const carrier = await carrierOf(one);
    await liveCall(api);
    one.child.kill('SIGTERM');
    await until(() => lineOf(one, 'service.draining'), 'the first line');
    expect(one.child.exitCode).toBeNull();
    const insist = setInterval(() => one.child.kill('SIGTERM'), 300);
    expect(await one.exited).toBe(1);
    clearInterval(insist);
    await until(() => !isRunning(carrier), 'the end of the simulated carrier');
  });
});
