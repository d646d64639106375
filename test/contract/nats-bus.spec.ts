import { afterEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NatsBus } from '../../src/cluster/nats-bus.js';
import { natsServers } from '../../src/config/nats-servers.js';
import { SPEC_CERTIFICATE, SPEC_KEY } from '../../tools/carrier/spec-certificate.js';
import { listeningLog, type LogLine } from '../support/listening-log.js';
import { hasNatsServer, NatsServer } from '../support/nats-server.js';
import { LONG, until } from '../support/patience.js';

(hasNatsServer() ? describe : describe.skip)('the bus on NATS', () => {
  const undo: Array<() => Promise<unknown>> = [];
  afterEach(async () => {
    for (const each of undo.splice(0).reverse()) await each();
  });

  async function serverWith(...options: string[]): Promise<NatsServer> {
    const server = await NatsServer.start(options);
    undo.push(() => server.kill());
    return server;
  }

  function busOn(url: string): {
    bus: NatsBus;
    lines: LogLine[];
    told: (event: string) => LogLine[];
  } {
    const { log, lines } = listeningLog();
    const servers = natsServers.parse(url);
    if (!servers.ok) throw new Error('not taken');
    const bus = new NatsBus(servers.value, 'one', log);
    bus.onModuleInit();
    undo.push(() => bus.onApplicationShutdown());
    return { bus, lines, told: (event) => lines.filter((line) => line.event === event) };
  }

  const hears = (bus: NatsBus) => until(async () => (await bus.roundTrip(1_000)) !== null);

  async function fileWith(text: string): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'patchbay-nats-'));
    undo.push(() => rm(directory, { recursive: true }));
    const path = join(directory, 'file');
    await writeFile(path, text);
    return path;
  }

  test('a server that is away at the start is told once, and used as soon as it is there', async () => {
    const server = await NatsServer.away();
    undo.push(() => server.kill());
    const { bus, told } = busOn(server.url());
    await until(() => told('bus.lost').length > 0);
    bus.nudge('feed');
    await server.start();
    await hears(bus);
    expect(told('bus.lost')).toMatchObject([{ level: 'warn', via: 'NATS', error: 'ECONNREFUSED' }]);
    expect(told('bus.back')).toMatchObject([{ level: 'info', via: 'NATS' }]);
  });

  test('one that refuses the password is told by that reason, without the password', async () => {
    const server = await serverWith('--user', 'patchbay', '--pass', 'right');
    const { told, lines } = busOn(server.url('patchbay:wrong-password@'));
    await until(() => told('bus.lost').length > 0);
    expect(told('bus.lost')).toMatchObject([{ error: 'AuthorizationError' }]);
    expect(JSON.stringify(lines)).not.toMatch(/wrong-password|right/);
  });

  test('a token signs in', async () => {
    const server = await serverWith('--auth', 'a/token');
    const { bus, lines } = busOn(server.url('a%2Ftoken@'));
    await hears(bus);
    expect(lines).toEqual([]);
  });

  test('of several servers the first that is there is used, each with its own login', async () => {
    const first = await serverWith('--auth', 'one');
    const second = await serverWith('--auth', 'two');
    const { bus, told } = busOn(`${first.url('one@')},${second.url('two@')}`);
    await hears(bus);
    await first.kill();
    await until(() => told('bus.back').length === 1);
    await hears(bus);
    await first.start();
    await second.kill();
    await until(() => told('bus.back').length === 2);
    await hears(bus);
  });

  test('one that does not let us subscribe makes us deaf, which is told with what to do', async () => {
    const config = await fileWith(
      'authorization { users = [{ user: u, password: p, permissions: { subscribe: "other.>" } }] }',
    );
    const server = await serverWith('--config', config);
    const { told } = busOn(server.url('u:p@'));
    await until(() => told('bus.deaf').length > 0);
    expect(told('bus.deaf')).toMatchObject([
      { level: 'warn', fix: expect.stringContaining('subscribe to pb.>') },
    ]);
    expect(told('bus.lost')).toEqual([]);
  });

  test('nothing is said to a server that has no TLS, or a certificate that nobody vouches for', async () => {
    const plain = await serverWith('--auth', 'secret');
    const without = busOn(
      plain.url('secret@').replace('nats:', 'tls:').replace('127.0.0.1', 'localhost'),
    );
    await until(() => without.told('bus.lost').length > 0);
    expect(without.told('bus.lost')).toMatchObject([{ error: 'ConnectionError' }]);

    const certificate = ['--tlscert', await fileWith(SPEC_CERTIFICATE)];
    const key = ['--tlskey', await fileWith(SPEC_KEY)];
    const secured = await serverWith('--tls', ...certificate, ...key);
    for (const scheme of ['nats:', 'tls:']) {
      const { told } = busOn(
        secured.url().replace('nats:', scheme).replace('127.0.0.1', 'localhost'),
      );
      await until(() => told('bus.lost').length > 0);
      expect(told('bus.lost')).toMatchObject([{ error: 'DEPTH_ZERO_SELF_SIGNED_CERT' }]);
    }
  });

  // A connection that is silent is asked each 15 s, and given 5 s.
  (LONG ? test : test.skip)(
    'one that is frozen is noticed, and used again when it thaws',
    async () => {
      const server = await serverWith();
      const { bus, told } = busOn(server.url());
      await hears(bus);
      server.signal('SIGSTOP');
      bus.nudge('feed');
      await until(() => told('bus.lost').length > 0);
      server.signal('SIGCONT');
      await hears(bus);
      expect(told('bus.back')).toHaveLength(1);
    },
  );
});
