import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  AskError,
  askFull,
  askQuick,
  askRepair,
  type CheckJson,
  type DiagnosisJson,
} from './ask.js';
import { readOptions } from './options.js';
import { askReadiness } from './readiness.js';
import { renderRepairs, renderTable } from './table.js';

const check = (fields: Partial<CheckJson>): CheckJson => ({
  name: 'dns',
  title: 'The public host name',
  group: 'Webhook URL',
  status: 'up',
  seen: 'It does.',
  fix: null,
  detail: {},
  duration_ms: 1,
  ...fields,
});

const DIAGNOSIS: DiagnosisJson = {
  status: 'down',
  started_at: '2026-03-01T12:00:00.000Z',
  duration_ms: 1_234,
  checks: [
    check({}),
    check({
      name: 'tls',
      status: 'down',
      seen: `${'a word '.repeat(12)}end.`,
      fix: 'Renew the certificate.',
    }),
    check({ name: 'store', group: 'Set-up' }),
  ],
};

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

async function gateway(listener: RequestListener) {
  server = createServer(listener);
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, key: 'a-key' };
}

describe('the table', () => {
  const plain = renderTable(DIAGNOSIS, { colour: false, width: 60 });

  it('has a block for each group, what was seen, and what to do', () => {
    expect(plain).toContain('Webhook URL\n  ✓ up       dns');
    expect(plain).toContain('\n\nSet-up\n  ✓ up       store');
    expect(plain).toContain('\n    → Renew the certificate.\n');
    expect(plain).toContain('2 up, 1 down, in 1.2 s. More about each check:');
    for (const line of plain.split('\n').slice(0, -3)) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('ends with a line that names what is down, and what was seen of it', () => {
    const last = (diagnosis: DiagnosisJson) =>
      renderTable(diagnosis, { colour: false, width: 60 }).trimEnd().split('\n').at(-1);
    const seen = 'PostgreSQL at 10.0.0.5:5432 refuses connections. More of it.';
    const checks = [
      check({ name: 'clock', status: 'warn', seen: 'It is late.' }),
      check({ name: 'store', status: 'down', seen }),
      check({ name: 'tls', status: 'down', seen: 'It has expired; renew it.' }),
    ];
    expect(last({ ...DIAGNOSIS, checks })).toBe(
      'Down: store (PostgreSQL at 10.0.0.5:5432 refuses connections), tls (It has expired)',
    );
    expect(last({ ...DIAGNOSIS, checks: checks.slice(0, 1) })).toBe(
      'Nothing is down. Look at: clock (It is late)',
    );
    expect(last({ ...DIAGNOSIS, checks: [] })).toBe('Nothing is down.');
  });

  it('has colours only when asked to, and says the same with them', () => {
    expect(plain).not.toContain('\u001B');
    const coloured = renderTable(DIAGNOSIS, { colour: true, width: 60 });
    expect(coloured).toContain('\u001B[31m');
    const bare = coloured
      .split('\u001B')
      .map((part, index) => (index === 0 ? part : part.replace(/^\[\d+m/, '')));
    expect(bare.join('')).toBe(plain);
  });
});

describe('asking the gateway', () => {
  it('reads the events of a full run, however they are split', async () => {
    let asked = '';
    const where = await gateway((request, response) => {
      asked = `${request.method} ${request.url} ${request.headers.authorization}`;
      const text = [
        ': still here',
        'event: check\ndata: {"state":"started","name":"dns","title":"é"}',
        `event: done\ndata: ${JSON.stringify(DIAGNOSIS)}`,
      ].join('\n\n');
      const bytes = Buffer.from(`${text}\n\n`);
      const middle = bytes.indexOf(0xc3) + 1;
      response.write(bytes.subarray(0, middle));
      setTimeout(() => response.end(bytes.subarray(middle)), 20);
    });
    const told: unknown[] = [];
    expect(await askFull(where, 5, (event) => told.push(event))).toEqual(DIAGNOSIS);
    expect(told).toEqual([{ state: 'started', name: 'dns', title: 'é' }]);
    expect(asked).toBe('POST /api/v1/telephony/diagnostics?idle_seconds=5 Bearer a-key');
  });

  it.each([
    [401, /does not take the key/],
    [404, /does not take the key/],
    [409, /under way already/],
    [503, /HTTP 503/],
  ])('says what HTTP %s means', async (status, message) => {
    const where = await gateway((_request, response) => response.writeHead(status).end());
    const asking = askQuick(where);
    await expect(asking).rejects.toThrow(AskError);
    await expect(asking).rejects.toThrow(message);
  });

  it('repairs numbers, and says why one cannot be', async () => {
    const data = [
      { number_ends_with: '43', was: 'leads-elsewhere', repaired: true, reason: null },
      { number_ends_with: '06', was: 'in-trunk', repaired: false, reason: 'a trunk has it' },
    ];
    let asked = '';
    const where = await gateway((request, response) => {
      asked = `${request.method} ${request.url}`;
      response.end(JSON.stringify({ data }));
    });
    expect(renderRepairs(await askRepair(where))).toBe(
      '✓ …43 (leads-elsewhere): repaired\n✗ …06 (in-trunk): not repaired, a trunk has it\n',
    );
    expect(asked).toBe('POST /api/v1/telephony/diagnostics/repairs/numbers');
    expect(renderRepairs([])).toBe('Every claimed number has our URLs already.\n');
  });

  it('passes on what the gateway says about a problem', async () => {
    const where = await gateway((_request, response) =>
      response.writeHead(503).end(JSON.stringify({ detail: 'Set PUBLIC_URL.' })),
    );
    await expect(askRepair(where)).rejects.toThrow(/HTTP 503: Set PUBLIC_URL\.$/);
  });

  it('says that no gateway runs, or that it went away', async () => {
    const none = { url: 'http://127.0.0.1:1', key: 'k' };
    await expect(askQuick(none)).rejects.toThrow(/No gateway answers at .*npm start/);
    const gone = await gateway((_request, response) => {
      response.write('event: check\ndata: {}\n\n');
      setTimeout(() => response.destroy(), 20);
    });
    await expect(askFull(gone, null, () => undefined)).rejects.toThrow(/ended the run early/);
  });
});

describe('asking for readiness', () => {
  const answering = async (status: number, body: object) =>
    (await gateway((_request, response) => response.writeHead(status).end(JSON.stringify(body))))
      .url;

  it('shows what is down or impaired as checks, with what to do', async () => {
    const url = await answering(503, {
      status: 'down',
      reasons: ['store: PostgreSQL at 10.0.0.5:5432 refuses connections'],
      warnings: ['carriers: no carrier is configured'],
      store: { fix: 'Start PostgreSQL.' },
    });
    expect(await askReadiness(url)).toMatchObject({
      status: 'down',
      checks: [
        {
          name: 'store',
          status: 'down',
          seen: 'PostgreSQL at 10.0.0.5:5432 refuses connections.',
          fix: 'Start PostgreSQL.',
        },
        { name: 'carriers', status: 'warn', seen: 'No carrier is configured.' },
      ],
    });
  });

  it('does not mistake another service for a gateway', async () => {
    expect(await askReadiness(await answering(502, { error: 'bad gateway' }))).toBeNull();
    expect(await askReadiness('http://127.0.0.1:1')).toBeNull();
  });
});

describe('the options', () => {
  it('are few', () => {
    expect(readOptions([])).toEqual({
      quick: false,
      repairNumbers: false,
      alertTest: false,
      json: false,
      url: null,
      idleSeconds: null,
      watchSeconds: null,
      help: false,
    });
    expect(readOptions(['--quick', '--json', '--url', 'http://h:1/'])).toMatchObject({
      quick: true,
      json: true,
      url: 'http://h:1',
    });
    expect(readOptions(['--idle-seconds=300']).idleSeconds).toBe(300);
    expect(readOptions(['--watch', '--json'])).toMatchObject({ watchSeconds: 30, json: true });
    expect(readOptions(['--watch', '5']).watchSeconds).toBe(5);
  });

  it.each([
    ['--idle-seconds=0'],
    ['--idle-seconds=301'],
    ['--idle-seconds=x'],
    ['--idle-seconds='],
    ['--watch=4'],
    ['--watch=x'],
    ['--url=nowhere'],
    ['--unknown'],
    ['word'],
  ])('%s is none', (argument) => {
    expect(() => readOptions([argument])).toThrow(/must be|Unknown option|Unexpected argument/);
  });
});
