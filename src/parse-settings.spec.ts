import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Environment } from './config/environment.js';
import { settingsOf } from './config/parse-sections.js';
import { SettingsError } from './config/settings-error.js';
import { parseSettings, SECTIONS, type Settings } from './parse-settings.js';

const KEY = 'k'.repeat(24);
/** 32 bytes whose base64 has characters that base64url writes in another way. */
const BYTES = Buffer.alloc(32, 0xfb);
const SID = `AC${'0123456789abcdef'.repeat(2)}`;
const twilio = {
  TWILIO_ACCOUNT_SID: SID,
  TWILIO_AUTH_TOKEN: 'token-of-the-account',
  TWILIO_FROM_NUMBERS: '+12025550100, +442079460000',
};

function errorOf(env: Environment): SettingsError {
  try {
    parseSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('The settings were accepted.');
}

const badVariables = (env: Environment): string[] =>
  errorOf(env).problems.map(({ variable }) => variable);

/**
 * Expects each section to have the given fields; a separate test checks that there
 * are no undeclared ones.
 */
const including = ({ warnings, twilio: account, ...sections }: Record<string, unknown>): unknown =>
  expect.objectContaining({
    warnings,
    twilio: account,
    ...Object.fromEntries(
      Object.entries(sections).map(([key, fields]) => [
        key,
        expect.objectContaining(fields as object),
      ]),
    ),
  });

describe('settings', () => {
  it('have a default for everything', () => {
    expect(parseSettings({})).toEqual(
      including({
        http: {
          port: 8000,
          host: '0.0.0.0',
          operationsPort: null,
          drainTimeoutSeconds: null,
          apiRequestsPerMinute: 6000,
          logLevel: 'info',
        },
        urls: { publicUrl: null, tunnelMetricsUrl: null },
        store: { databaseUrl: null, dataDir: './data' },
        agents: { agentsDir: null, mediaDir: './media' },
        agentVariables: { env: {} },
        relay: { allowedHosts: [] },
        openAi: { apiKey: null, baseUrl: 'https://api.openai.com/v1' },
        access: { apiKey: null },
        credentials: { key: null, previousKey: null },
        twilio: null,
        simulatedCarrier: { mode: 'auto', enabled: true },
        limits: {
          maxConcurrentCalls: 500,
          maxConcurrentCallsPerUser: null,
          allowedDestinations: null,
        },
        streams: { tokenTtlSeconds: 120, graceSeconds: 20 },
        reconcile: { afterSeconds: 60, intervalSeconds: 30 },
        events: { allowedHosts: [] },
        retention: { payloadDays: 30, recordingDays: null },
        recordings: {
          bucket: null,
          endpoint: null,
          region: null,
          defaultRegion: null,
          accessKeyId: null,
          secretAccessKey: null,
          sessionToken: null,
        },
        tracing: { endpoint: null, headers: {}, serviceName: 'patchbay' },
        warnings: [],
      }),
    );
  });

  it('hold exactly the declared fields, each with its default', () => {
    const { warnings, twilio: account, agentVariables, inForce, ...sections } = parseSettings({});
    const { twilio: variables, ...declared } = SECTIONS;
    expect({ warnings, account }).toEqual({ warnings: [], account: null });
    expect(agentVariables.env).toEqual({});
    expect(inForce.map(({ name }) => name)).toEqual(settingsOf(SECTIONS).map(({ name }) => name));
    expect(Object.keys(new variables())).toEqual(Object.keys(variables.fields));
    const defaults = Object.entries(declared).map(([key, { fields }]) => [
      key,
      Object.fromEntries(Object.entries(fields).map(([field, one]) => [field, one.default])),
    ]);
    const { enabled, ...simulatedCarrier } = sections.simulatedCarrier;
    expect(enabled).toBe(true);
    expect({ ...sections, simulatedCarrier }).toEqual(Object.fromEntries(defaults));
  });

  it('are each declared once', () => {
    const names = settingsOf(SECTIONS).map(({ name }) => name);
    expect([...new Set(names)]).toEqual(names);
  });

  it('treat empty values as absent and drop spaces around the others', () => {
    const empty = Object.fromEntries(settingsOf(SECTIONS).map(({ name }) => [name, ' ']));
    expect(parseSettings(empty)).toEqual(parseSettings({}));
    expect(parseSettings({ PORT: ' 80 ' }).http.port).toBe(80);
  });

  it('are read from every variable', () => {
    const settings = parseSettings({
      PORT: '0',
      HOST: '::1',
      OPERATIONS_PORT: '9000',
      DRAIN_TIMEOUT_SECONDS: '0',
      API_REQUESTS_PER_MINUTE: '60',
      LOG_LEVEL: 'silent',
      PUBLIC_URL: 'https://Calls.Example.com/pbx/',
      TUNNEL_METRICS_URL: 'http://my_tunnel:2000/',
      DATABASE_URL: 'postgresql://user:p%40ss@db:5432/patchbay?sslmode=require',
      DATA_DIR: '/data',
      AGENTS_DIR: '/agents',
      MEDIA_DIR: '/media',
      API_KEY: KEY,
      CREDENTIALS_KEY: BYTES.toString('base64'),
      CREDENTIALS_KEY_PREVIOUS: BYTES.toString('base64url'),
      ...twilio,
      TWILIO_AUTH_TOKEN_SECONDARY: 'the-next-token',
      TWILIO_API_KEY_SID: `SK${'0a'.repeat(16)}`,
      TWILIO_API_KEY_SECRET: 'secret-of-the-key',
      TWILIO_API_BASE_URL: 'http://127.0.0.1:4010/',
      TWILIO_CALLS_PER_SECOND: '2.5',
      SIMULATED_CARRIER: 'off',
      MAX_CONCURRENT_CALLS: '1',
      MAX_CONCURRENT_CALLS_PER_USER: '2',
      ALLOWED_DESTINATIONS: '1, +44,1',
      STREAM_TOKEN_TTL_SECONDS: '1',
      STREAM_GRACE_SECONDS: '2',
      RECONCILE_AFTER_SECONDS: '3',
      RECONCILE_INTERVAL_SECONDS: '4',
      WEBHOOK_ALLOWED_HOSTS: 'events.internal, 10.0.0.7',
      PAYLOAD_RETENTION_DAYS: '7',
      RECORDING_RETENTION_DAYS: '8',
      AGENT_ALLOWED_HOSTS: 'Bot.internal',
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: 'http://127.0.0.1:9/v1/',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/base/',
      OTEL_EXPORTER_OTLP_HEADERS: 'Api-Key=abc%3D, x-team=voice',
      OTEL_SERVICE_NAME: 'calls',
    });
    expect(settings).toEqual(
      including({
        http: {
          port: 0,
          host: '::1',
          operationsPort: 9000,
          drainTimeoutSeconds: 0,
          apiRequestsPerMinute: 60,
          logLevel: 'silent',
        },
        urls: {
          publicUrl: 'https://Calls.Example.com/pbx',
          tunnelMetricsUrl: 'http://my_tunnel:2000',
        },
        store: {
          databaseUrl: 'postgresql://user:p%40ss@db:5432/patchbay?sslmode=require',
          dataDir: '/data',
        },
        agents: { agentsDir: '/agents', mediaDir: '/media' },
        agentVariables: { env: {} },
        relay: { allowedHosts: ['bot.internal'] },
        openAi: { apiKey: 'sk-test', baseUrl: 'http://127.0.0.1:9/v1' },
        access: { apiKey: KEY },
        credentials: { key: BYTES, previousKey: BYTES },
        twilio: {
          accountSid: SID,
          authToken: 'token-of-the-account',
          authTokenSecondary: 'the-next-token',
          fromNumbers: ['+12025550100', '+442079460000'],
          apiBaseUrl: 'http://127.0.0.1:4010',
          apiKey: { sid: `SK${'0a'.repeat(16)}`, secret: 'secret-of-the-key' },
          callsPerSecond: 2.5,
          simulated: false,
        },
        simulatedCarrier: { mode: 'off', enabled: false },
        limits: {
          maxConcurrentCalls: 1,
          maxConcurrentCallsPerUser: 2,
          allowedDestinations: ['1', '44'],
        },
        streams: { tokenTtlSeconds: 1, graceSeconds: 2 },
        reconcile: { afterSeconds: 3, intervalSeconds: 4 },
        events: { allowedHosts: ['events.internal', '10.0.0.7'] },
        retention: { payloadDays: 7, recordingDays: 8 },
        tracing: {
          endpoint: 'http://collector:4318/base',
          headers: { 'api-key': 'abc=', 'x-team': 'voice' },
          serviceName: 'calls',
        },
        warnings: [
          {
            variable: 'TUNNEL_METRICS_URL',
            message: 'TUNNEL_METRICS_URL has no effect while PUBLIC_URL is set.',
          },
        ],
      }),
    );
  });
});

describe('variables that are not ours', () => {
  it('are kept for the agents outside the source; none of ours is among them', () => {
    const theirs = { WEATHER_KEY: 'sunny', HOME: '/home/someone', EMPTY: '' };
    const ours = { API_KEY: KEY, ...twilio, AGENTS_DIR: '/agents', POSTGRES_PASSWORD: 'hush' };
    const { agentVariables } = parseSettings({ ...theirs, ...ours, ABSENT: undefined });
    expect(agentVariables.env).toEqual(theirs);
  });

  it('include those of AWS, which we read too', () => {
    const shared = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE' };
    const { agentVariables, recordings } = parseSettings({ ...shared, AWS_SESSION_TOKEN: '' });
    expect(agentVariables.env).toEqual(shared);
    expect(recordings).toMatchObject({ region: 'eu-central-1', accessKeyId: 'AKIDEXAMPLE' });
  });
});

describe('settings of the bucket for recordings', () => {
  const key = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-of-the-key' };
  const bucket = { RECORDINGS_URL: 's3://calls.example/a/b/', ...key };

  it('are read', () => {
    const more = { S3_ENDPOINT: 'http://minio:9000/', AWS_SESSION_TOKEN: 't' };
    expect(parseSettings({ ...bucket, ...more, AWS_DEFAULT_REGION: 'auto' }).recordings).toEqual({
      bucket: { name: 'calls.example', prefix: 'a/b' },
      endpoint: 'http://minio:9000',
      region: null,
      defaultRegion: 'auto',
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'secret-of-the-key',
      sessionToken: 't',
    });
    const { recordings } = parseSettings({ ...key, RECORDINGS_URL: 's3://abc', AWS_REGION: 'x' });
    expect(recordings.bucket).toEqual({ name: 'abc', prefix: '' });
  });

  it('need a key, and a region or an endpoint', () => {
    const { RECORDINGS_URL } = bucket;
    expect(badVariables({ RECORDINGS_URL })).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_REGION',
    ]);
    expect(badVariables({ ...bucket })).toEqual(['AWS_REGION']);
    expect(() => parseSettings({ ...bucket, S3_ENDPOINT: 'http://minio:9000' })).not.toThrow();
  });

  it.each([
    '/data/recordings',
    'https://bucket.example.com',
    's3://',
    's3://Bucket',
    's3://ab',
    's3://bucket/a b',
    's3://bucket/../x',
    's3://key:secret@bucket/x',
  ])('refuse the bucket %s', (RECORDINGS_URL) => {
    expect(badVariables({ ...key, AWS_REGION: 'eu-west-1', RECORDINGS_URL })).toEqual([
      'RECORDINGS_URL',
    ]);
  });

  it('have no effect without a bucket', () => {
    const S3_ENDPOINT = 'https://minio.example.com';
    expect(parseSettings({ S3_ENDPOINT }).warnings.map(({ message }) => message)).toEqual([
      'S3_ENDPOINT has no effect without RECORDINGS_URL.',
    ]);
  });
});

describe('a setting that cannot be used', () => {
  it('stops the start with one message that names all of them, one per line', () => {
    const error = errorOf({ PORT: '80a', LOG_LEVEL: 'loud', PUBLIC_URL: 'http://example.com' });
    const [, ...lines] = error.message.split('\n');
    expect(lines).toEqual([
      '  PORT must be a whole number from 0 to 65535',
      '  LOG_LEVEL must be one of fatal, error, warn, info, debug, silent',
      expect.stringMatching(/^ {2}PUBLIC_URL must be an https origin/),
    ]);
  });

  it('never shows its value', () => {
    const secrets = {
      API_KEY: 'too-short-secret',
      CREDENTIALS_KEY: Buffer.alloc(31, 7).toString('base64'),
      CREDENTIALS_KEY_PREVIOUS: `${BYTES.toString('base64')}!`,
      DATABASE_URL: 'mysql://user:hunter2@db/x',
      NATS_URL: 'http://user:hunter2@nats',
      TWILIO_AUTH_TOKEN: 'white space',
      TWILIO_AUTH_TOKEN_SECONDARY: 'ünprintable',
      TWILIO_API_KEY_SID: 'SK123',
      TWILIO_API_KEY_SECRET: 'ünprintable too',
      PUBLIC_URL: 'https://user:hunter2@example.com',
      TUNNEL_METRICS_URL: 'http://user:hunter2@example.com',
      TWILIO_API_BASE_URL: 'http://user:hunter2@example.com',
      TWILIO_FROM_NUMBERS: '555-0100',
    };
    const { message } = errorOf(secrets);
    for (const [name, value] of Object.entries(secrets)) {
      expect(message).toContain(`  ${name} `);
      expect(message).not.toContain(value);
    }
    expect(message).not.toContain('hunter2');
  });

  it.each([
    ['PORT', ['65536', '-1', '+1', '1e3', '0x50', '8.0', '8 0', 'NaN', '٣']],
    ['HOST', ['http://localhost', '0.0.0.0:80', '-']],
    ['OPERATIONS_PORT', ['8000', '70000']],
    ['DRAIN_TIMEOUT_SECONDS', ['5m', '86401']],
    ['API_REQUESTS_PER_MINUTE', ['0']],
    ['LOG_LEVEL', ['INFO', 'trace']],
    ['API_KEY', ['k'.repeat(23), `${KEY} ${KEY}`, `${KEY}é`]],
    ['SIMULATED_CARRIER', ['true', 'ON']],
    ['MAX_CONCURRENT_CALLS', ['0']],
    ['ALLOWED_DESTINATIONS', ['US', '1;44', '1,', '999', '0', '01', '1234']],
    ['STREAM_TOKEN_TTL_SECONDS', ['0', '1.5']],
    ['RECONCILE_AFTER_SECONDS', ['0']],
    ['RECONCILE_INTERVAL_SECONDS', ['0']],
    ['TWILIO_AUTH_TOKEN_SECONDARY', ['two words']],
    ['TWILIO_REGION', ['IE1', 'dublin', 'ie0', 'ie1.evil']],
    ['TWILIO_EDGE', ['Dublin', 'ie1', '-', 'a.b', 'sao--paulo']],
    ['TWILIO_CALLS_PER_SECOND', ['0', '0.05', '1000.5', '1,5', '.5', 'Infinity']],
    [
      'TUNNEL_METRICS_URL',
      ['cloudflared:2000', 'ftp://a', 'http://a/metrics', 'http://a?', 'http://a#'],
    ],
    [
      'TWILIO_API_BASE_URL',
      [
        'http://api.example.com',
        'http://127.0.0.1.evil.example',
        'https://a?b',
        'https://u@a',
        'api',
      ],
    ],
    [
      'PUBLIC_URL',
      [
        'calls.example.com',
        'http://calls.example.com',
        'https://',
        'https://calls.example.com:8443',
        'https://calls.example.com:',
        'https://my_host.example.com',
        'https://calls.example.com?a=b',
        'https://calls.example.com/#top',
        'https://user@calls.example.com',
        'https://-.example.com',
        'https://calls..example.com',
        'https://[::1]',
        'https://calls.example.com/a//b',
        'https://calls.example.com/../b',
        'https://calls.example.com/a b',
        'https://calls.example.com/%2e%2e',
      ],
    ],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', ['collector:4318', 'http://u:p@c', 'http://c/?a', 'grpc://c']],
    ['OTEL_EXPORTER_OTLP_HEADERS', ['x', '=y', 'x=', 'x=%0a', 'x=%', 'a b=c', 'x=y,']],
  ])('is named: %s', (name, values) => {
    for (const value of values) expect(badVariables({ [name]: value })).toEqual([name]);
  });

  it.each([
    ['https://calls.example.com:8443', 'port'],
    ['https://my_host.example.com', 'underscore'],
    ['https://me@calls.example.com', 'user name'],
    ['https://[2606:4700::1111]', 'IPv4'],
    ['https://calls.example.com/a b', 'segments'],
    ['https://256.1.1.1', 'not a valid host name'],
    ['https://-a.example.com', 'not a valid host name'],
  ])('says why %s is no public URL', (value, why) => {
    expect(errorOf({ PUBLIC_URL: value }).message).toContain(why);
  });

  it('is a number that is not written in E.164', () => {
    for (const numbers of ['+1', '12025550100', '+1 202 555 0100', '+12025550100,', '+123456'])
      expect(badVariables({ ...twilio, TWILIO_FROM_NUMBERS: numbers })).toEqual([
        'TWILIO_FROM_NUMBERS',
      ]);
  });
});

describe('PUBLIC_URL', () => {
  it.each([
    ['https://Calls.Example.com', 'https://Calls.Example.com'],
    ['HTTPS://calls.example.com', 'https://calls.example.com'],
    ['https://calls.example.com/', 'https://calls.example.com'],
    ['https://calls.example.com:443/', 'https://calls.example.com'],
    ['https://calls.example.com/a/b-c//', 'https://calls.example.com/a/b-c'],
  ])('%s is kept as %s', (given, kept) => {
    expect(parseSettings({ PUBLIC_URL: given }).urls.publicUrl).toBe(kept);
  });
});

describe('a number', () => {
  it.each<[string, string, string, (settings: Settings) => number | null]>([
    ['PORT', '0', '65535', ({ http }) => http.port],
    ['OPERATIONS_PORT', '0', '65535', ({ http }) => http.operationsPort],
    ['DRAIN_TIMEOUT_SECONDS', '0', '86400', ({ http }) => http.drainTimeoutSeconds],
    ['API_REQUESTS_PER_MINUTE', '1', '1000000', ({ http }) => http.apiRequestsPerMinute],
    ['MAX_CONCURRENT_CALLS', '1', '100000', ({ limits }) => limits.maxConcurrentCalls],
    [
      'MAX_CONCURRENT_CALLS_PER_USER',
      '1',
      '100000',
      ({ limits }) => limits.maxConcurrentCallsPerUser,
    ],
    ['STREAM_TOKEN_TTL_SECONDS', '1', '3600', ({ streams }) => streams.tokenTtlSeconds],
    ['STREAM_GRACE_SECONDS', '1', '600', ({ streams }) => streams.graceSeconds],
    ['RECONCILE_AFTER_SECONDS', '1', '86400', ({ reconcile }) => reconcile.afterSeconds],
    ['RECONCILE_INTERVAL_SECONDS', '1', '86400', ({ reconcile }) => reconcile.intervalSeconds],
    ['PAYLOAD_RETENTION_DAYS', '1', '3650', ({ retention }) => retention.payloadDays],
    ['RECORDING_RETENTION_DAYS', '1', '3650', ({ retention }) => retention.recordingDays],
  ])('of %s goes from %s to %s, and no further', (name, low, high, read) => {
    for (const text of [low, high]) {
      expect(read(parseSettings({ [name]: text }))).toBe(Number(text));
    }
    for (const text of [String(Number(low) - 1), String(Number(high) + 1)]) {
      expect(badVariables({ [name]: text })).toEqual([name]);
    }
    expect(errorOf({ [name]: 'x' }).message).toContain(`from ${low} to ${high}`);
  });

  it('of dials a second may have a fraction', () => {
    const rate = (text: string) =>
      parseSettings({ ...twilio, TWILIO_CALLS_PER_SECOND: text }).twilio?.callsPerSecond;
    expect([rate('0.1'), rate('0.125'), rate('1000')]).toEqual([0.1, 0.125, 1000]);
    for (const TWILIO_CALLS_PER_SECOND of ['0.099', '1000.001', '1.0001', '1.'])
      expect(badVariables({ TWILIO_CALLS_PER_SECOND })).toEqual(['TWILIO_CALLS_PER_SECOND']);
  });

  it('of the operations port may be that of the other only where any free one is taken', () => {
    expect(badVariables({ PORT: '9000', OPERATIONS_PORT: '9000' })).toEqual(['OPERATIONS_PORT']);
    expect(parseSettings({ PORT: '0', OPERATIONS_PORT: '0' }).http.operationsPort).toBe(0);
    expect(parseSettings({ PORT: '1', OPERATIONS_PORT: '2' }).http.operationsPort).toBe(2);
  });
});

describe('a PUBLIC_URL that no carrier can reach', () => {
  const hosts = [
    'gateway',
    'localhost',
    'LOCALHOST',
    'a.localhost',
    'gateway.local',
    'gateway.Internal',
    'gateway.home.arpa',
    '192.168.1.5',
    '10.0.0.1',
    '172.16.0.1',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
  ];

  it.each(hosts)('is an error beside a Twilio account: https://%s', (host) => {
    const error = errorOf({ ...twilio, PUBLIC_URL: `https://${host}/pbx` });
    expect(error.problems.map(({ variable }) => variable)).toEqual(['PUBLIC_URL']);
    expect(error.message).toMatch(/PUBLIC_URL must be an address that carriers can reach \(/);
    expect(error.message).toContain('https://calls.example.com');
    expect(error.message).not.toContain(host);
  });

  it('is also an error where no carrier is simulated', () => {
    const PUBLIC_URL = 'https://192.168.1.5';
    expect(badVariables({ PUBLIC_URL, SIMULATED_CARRIER: 'off' })).toEqual(['PUBLIC_URL']);
    const elsewhere = { ...twilio, TWILIO_API_BASE_URL: 'https://proxy.example.com' };
    expect(badVariables({ PUBLIC_URL, ...elsewhere })).toEqual(['PUBLIC_URL']);
    // The account is reported as incomplete, and the address as unusable once it is complete.
    expect(badVariables({ PUBLIC_URL, TWILIO_ACCOUNT_SID: SID })).toContain('PUBLIC_URL');
  });

  it('is accepted where every carrier is on this machine', () => {
    for (const host of hosts) {
      const PUBLIC_URL = `https://${host}`;
      for (const TWILIO_API_BASE_URL of [
        'http://127.0.0.1:4010',
        'http://[::1]:1',
        'http://localhost:1',
      ]) {
        const settings = parseSettings({ PUBLIC_URL, ...twilio, TWILIO_API_BASE_URL });
        expect(settings.urls.publicUrl).toBe(PUBLIC_URL);
      }
      expect(parseSettings({ PUBLIC_URL }).urls.publicUrl).toBe(PUBLIC_URL);
      const on = parseSettings({ PUBLIC_URL, SIMULATED_CARRIER: 'on' });
      expect(on.urls.publicUrl).toBe(PUBLIC_URL);
    }
  });

  it.each([
    'calls.example.com',
    '8.8.8.8',
    'localhost.example.com',
    'x.local.example',
    'internal.io',
  ])('is not https://%s', (host) => {
    const PUBLIC_URL = `https://${host}`;
    expect(parseSettings({ ...twilio, PUBLIC_URL }).urls.publicUrl).toBe(PUBLIC_URL);
  });
});

describe('settings that depend on one another', () => {
  it('need an API key beside a database that several may reach', () => {
    const DATABASE_URL = 'postgres://localhost/patchbay';
    expect(badVariables({ DATABASE_URL })).toEqual(['API_KEY']);
    expect(parseSettings({ DATABASE_URL, API_KEY: KEY }).access.apiKey).toBe(KEY);
    // A bad key is reported as bad, not as missing too.
    expect(badVariables({ DATABASE_URL, API_KEY: 'short' })).toEqual(['API_KEY']);
  });

  it('need a key that encrypts beside one that only opens', () => {
    const CREDENTIALS_KEY_PREVIOUS = BYTES.toString('base64');
    expect(badVariables({ CREDENTIALS_KEY_PREVIOUS })).toEqual(['CREDENTIALS_KEY']);
  });

  it('have no NATS server on SQLite, and say why', () => {
    const NATS_URL = 'nats://patchbay:hunter2@nats';
    const { message } = errorOf({ NATS_URL });
    expect(message).toMatch(/NATS_URL must be left out without DATABASE_URL: on SQLite/);
    expect(message).not.toContain('hunter2');
    const DATABASE_URL = 'postgres://db/patchbay';
    expect(parseSettings({ NATS_URL, DATABASE_URL, API_KEY: KEY }).cluster.natsServers).toEqual([
      { host: 'nats', port: 4222, isTls: false, login: { user: 'patchbay', pass: 'hunter2' } },
    ]);
  });

  it('need the Twilio account as a whole', () => {
    expect(badVariables({ TWILIO_ACCOUNT_SID: SID })).toEqual([
      'TWILIO_AUTH_TOKEN',
      'TWILIO_FROM_NUMBERS',
    ]);
    expect(badVariables({ TWILIO_FROM_NUMBERS: '+12025550100' })).toEqual([
      'TWILIO_ACCOUNT_SID',
      'TWILIO_AUTH_TOKEN',
    ]);
    expect(badVariables({ ...twilio, TWILIO_ACCOUNT_SID: 'AC1' })).toEqual(['TWILIO_ACCOUNT_SID']);
  });

  it('need an API key as a whole', () => {
    const TWILIO_API_KEY_SID = `SK${'0a'.repeat(16)}`;
    const TWILIO_API_KEY_SECRET = 'secret-of-the-key';
    expect(badVariables({ ...twilio, TWILIO_API_KEY_SID })).toEqual(['TWILIO_API_KEY_SECRET']);
    expect(badVariables({ ...twilio, TWILIO_API_KEY_SECRET })).toEqual(['TWILIO_API_KEY_SID']);
    const both = { TWILIO_API_KEY_SID, TWILIO_API_KEY_SECRET };
    expect(parseSettings({ ...twilio, ...both }).twilio).toMatchObject({
      authToken: twilio.TWILIO_AUTH_TOKEN,
      apiKey: { sid: TWILIO_API_KEY_SID, secret: TWILIO_API_KEY_SECRET },
    });
    expect(parseSettings(twilio).twilio?.apiKey).toBeNull();
    expect(parseSettings(both).warnings.map(({ message }) => message)).toEqual([
      'TWILIO_API_KEY_SID has no effect without TWILIO_ACCOUNT_SID.',
      'TWILIO_API_KEY_SECRET has no effect without TWILIO_ACCOUNT_SID.',
    ]);
  });

  it.each([
    [{}, null],
    [{ TWILIO_REGION: 'us1' }, null],
    [{ TWILIO_EDGE: 'dublin' }, 'https://api.dublin.us1.twilio.com'],
    [{ TWILIO_REGION: 'ie1', TWILIO_EDGE: 'dublin' }, 'https://api.dublin.ie1.twilio.com'],
    [{ TWILIO_REGION: 'br1', TWILIO_EDGE: 'sao-paulo' }, 'https://api.sao-paulo.br1.twilio.com'],
    [{ TWILIO_API_BASE_URL: 'https://twilio.example.com/x' }, 'https://twilio.example.com/x'],
  ])('make of %j the base %s', (env, base) => {
    expect(parseSettings({ ...twilio, ...env }).twilio?.apiBaseUrl).toBe(base);
  });

  it('need an edge beside a region that is not the default, and neither beside a base', () => {
    expect(badVariables({ ...twilio, TWILIO_REGION: 'ie1' })).toEqual(['TWILIO_EDGE']);
    const TWILIO_API_BASE_URL = 'https://twilio.example.com';
    for (const one of [{ TWILIO_REGION: 'us1' }, { TWILIO_EDGE: 'dublin' }]) {
      expect(badVariables({ ...twilio, TWILIO_API_BASE_URL, ...one })).toEqual([
        'TWILIO_API_BASE_URL',
      ]);
    }
  });

  it('run the simulated carrier when told to, or when no carrier is configured', () => {
    expect(parseSettings({ SIMULATED_CARRIER: 'on' }).simulatedCarrier.enabled).toBe(true);
    expect(parseSettings({ SIMULATED_CARRIER: 'off' }).simulatedCarrier.enabled).toBe(false);
    expect(parseSettings(twilio).simulatedCarrier).toEqual({ mode: 'auto', enabled: false });
  });

  it('do not run the simulated carrier in place of a configured account', () => {
    const error = errorOf({ ...twilio, SIMULATED_CARRIER: 'on' });
    expect(error.problems.map(({ variable }) => variable)).toEqual(['SIMULATED_CARRIER']);
    expect(error.message).toContain('TWILIO_ACCOUNT_SID');
  });

  it('keep the two ports apart, unless both are any free one', () => {
    expect(badVariables({ PORT: '9000', OPERATIONS_PORT: '9000' })).toEqual(['OPERATIONS_PORT']);
    expect(parseSettings({ PORT: '0', OPERATIONS_PORT: '0' }).http.operationsPort).toBe(0);
  });
});

describe('a variable that looks like ours', () => {
  const warningsFor = (env: Environment): string[] =>
    parseSettings(env).warnings.map(({ message }) => message);

  it.each([
    ['TWILIO_AUTH_TOKN', 'TWILIO_AUTH_TOKEN'],
    ['TWILIO_PHONE_NUMBERS', 'TWILIO_FROM_NUMBERS'],
    ['STREAM_TOKEN_TTL', 'STREAM_TOKEN_TTL_SECONDS'],
    ['MAX_CONCURENT_CALLS', 'MAX_CONCURRENT_CALLS'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['PUBLIC_ULR', 'PUBLIC_URL'],
    ['API_KEYS', 'API_KEY'],
    ['twilio_account_sid', 'TWILIO_ACCOUNT_SID'],
    ['DRAIN_TIMEOUT', 'DRAIN_TIMEOUT_SECONDS'],
    ['DRAIN_TIMEOUT_MS', 'DRAIN_TIMEOUT_SECONDS'],
    ['DRAIN_TIMOUT_SECS', 'DRAIN_TIMEOUT_SECONDS'],
    ['API_REQUESTS', 'API_REQUESTS_PER_MINUTE'],
    ['RECORDING_DAYS', 'RECORDING_RETENTION_DAYS'],
    ['OPENAI_KEY', 'OPENAI_API_KEY'],
  ])('%s is reported, with %s as what was probably meant', (name, meant) => {
    expect(warningsFor({ [name]: 'secret value' })).toEqual([
      `${name} is not a setting of Patchbay. Did you mean ${meant}?`,
    ]);
  });

  it('is reported without a suggestion when no name is similar', () => {
    expect(warningsFor({ TWILIO_X: '1' })).toEqual(['TWILIO_X is not a setting of Patchbay.']);
  });

  it('is not one that other programs use', () => {
    const others = [
      'PATH',
      'HOSTNAME',
      'HOME',
      'PWD',
      'PORTS',
      'NODE_ENV',
      'PGPASSWORD',
      'LOGNAME',
    ];
    others.push('TEST_DATABASE_URL', 'OPENAI_API_KEY', 'TUNNEL_TOKEN', 'POSTGRES_PASSWORD');
    others.push('OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_RESOURCE_ATTRIBUTES', 'TUNNEL_METRICS');
    others.push('ALLOWED_HOSTS', 'OPENAI_API_VERSION', 'DATABASE', 'TIMEOUT_SECONDS', 'LOG_FORMAT');
    expect(warningsFor(Object.fromEntries(others.map((name) => [name, 'x'])))).toEqual([]);
  });

  it('is not reported while it is empty', () => {
    expect(warningsFor({ TWILIO_AUTH_TOKN: '' })).toEqual([]);
  });

  it('may be ours and have no effect', () => {
    expect(warningsFor({ TWILIO_AUTH_TOKEN_SECONDARY: 'x' })).toEqual([
      'TWILIO_AUTH_TOKEN_SECONDARY has no effect without TWILIO_ACCOUNT_SID.',
    ]);
    const TUNNEL_METRICS_URL = 'http://127.0.0.1:2000';
    expect(warningsFor({ TUNNEL_METRICS_URL })).toEqual([]);
    expect(warningsFor({ TUNNEL_METRICS_URL, PUBLIC_URL: 'https://gw.example.com' })).toEqual([
      'TUNNEL_METRICS_URL has no effect while PUBLIC_URL is set.',
    ]);
    expect(warningsFor({ OTEL_EXPORTER_OTLP_HEADERS: 'x-team=voice' })).toEqual([
      'OTEL_EXPORTER_OTLP_HEADERS has no effect without OTEL_EXPORTER_OTLP_ENDPOINT.',
    ]);
    const DATABASE_DIRECT_URL = 'postgres://db/patchbay';
    expect(warningsFor({ DATABASE_DIRECT_URL })).toEqual([
      'DATABASE_DIRECT_URL has no effect without DATABASE_URL.',
    ]);
  });
});

describe('settings of an Asterisk', () => {
  const asterisk = {
    ASTERISK_ARI_URL: 'http://10.0.0.5:8088/ari/',
    ASTERISK_ARI_USERNAME: 'patchbay',
    ASTERISK_ARI_PASSWORD: 'ari-password',
    ASTERISK_FROM_NUMBERS: '+12025550100',
  };

  it('make an account, which takes the place of the simulated carrier', () => {
    const settings = parseSettings(asterisk);
    expect(settings.asterisk.account()).toEqual({
      ariUrl: 'http://10.0.0.5:8088/ari',
      username: 'patchbay',
      password: 'ari-password',
      fromNumbers: ['+12025550100'],
      app: 'patchbay',
      dial: 'PJSIP/{number}',
      referTo: null,
      mediaFormat: 'ulaw',
      callsPerSecond: 10,
    });
    expect(settings.simulatedCarrier.enabled).toBe(false);
    expect(parseSettings({}).asterisk.account()).toBeNull();
  });

  it('are read from every variable', () => {
    const account = parseSettings({
      ...asterisk,
      ASTERISK_APP: 'calls_2',
      ASTERISK_DIAL: 'PJSIP/{digits}@trunk',
      ASTERISK_REFER_TO: 'sip:{digits}@sip.example.com:5070;transport=tcp',
      ASTERISK_MEDIA_FORMAT: 'slin16',
      ASTERISK_CALLS_PER_SECOND: '2.5',
    }).asterisk.account();
    expect(account).toMatchObject({
      app: 'calls_2',
      dial: 'PJSIP/{digits}@trunk',
      referTo: 'sip:{digits}@sip.example.com:5070;transport=tcp',
      mediaFormat: 'slin16',
      callsPerSecond: 2.5,
    });
  });

  it('refer callers to SIP addresses alone, in which nothing ends the dialplan’s word', () => {
    for (const ASTERISK_REFER_TO of ['{number}', 'sip:{number}', 'sip:{number},x@y', 'sip:a)@y']) {
      expect(badVariables({ ...asterisk, ASTERISK_REFER_TO })).toEqual(['ASTERISK_REFER_TO']);
    }
  });

  it('are needed as a whole', () => {
    for (const name of Object.keys(asterisk)) {
      const rest = Object.entries(asterisk).filter(([other]) => other !== name);
      expect(badVariables(Object.fromEntries(rest))).toEqual([name]);
    }
  });

  it.each([
    ['ASTERISK_ARI_URL', 'ws://10.0.0.5:8088/ari'],
    ['ASTERISK_ARI_URL', 'http://user@10.0.0.5:8088/ari'],
    ['ASTERISK_ARI_USERNAME', 'a b'],
    ['ASTERISK_APP', 'patch-bay'],
    ['ASTERISK_APP', 'a,b'],
    ['ASTERISK_DIAL', '{number}'],
    ['ASTERISK_DIAL', 'PJSIP/{number} @trunk'],
    ['ASTERISK_MEDIA_FORMAT', 'opus'],
  ])('may not be %s=%s', (name, value) => {
    expect(badVariables({ ...asterisk, [name]: value })).toEqual([name]);
  });

  it('need no public address that others can reach', () => {
    const PUBLIC_URL = 'https://patchbay.internal';
    expect(parseSettings({ ...asterisk, PUBLIC_URL }).urls.publicUrl).toBe(PUBLIC_URL);
    expect(badVariables({ ...asterisk, ...twilio, PUBLIC_URL })).toEqual(['PUBLIC_URL']);
  });

  it('have no effect without its address', () => {
    expect(parseSettings({ ASTERISK_APP: 'x' }).warnings.map(({ message }) => message)).toEqual([
      'ASTERISK_APP has no effect without ASTERISK_ARI_URL.',
    ]);
  });
});

describe('settings of a SignalWire project', () => {
  const signalWire = {
    SIGNALWIRE_SPACE: 'Example',
    SIGNALWIRE_PROJECT_ID: '0a0b0c0d-1111-4222-8333-444455556666',
    SIGNALWIRE_API_TOKEN: 'PT-token',
    SIGNALWIRE_SIGNING_KEY: 'PSK-key',
    SIGNALWIRE_FROM_NUMBERS: '+12025550100',
  };

  it('make an account, which takes the place of the simulated carrier', () => {
    const settings = parseSettings({ ...signalWire, PUBLIC_URL: 'https://calls.example.com' });
    expect(settings.signalWire.account()).toEqual({
      apiBaseUrl: 'https://example.signalwire.com/api/laml',
      projectId: '0a0b0c0d-1111-4222-8333-444455556666',
      apiToken: 'PT-token',
      signingKey: 'PSK-key',
      fromNumbers: ['+12025550100'],
      callsPerSecond: 1,
    });
    expect(settings.simulatedCarrier.enabled).toBe(false);
    expect(parseSettings({}).signalWire.account()).toBeNull();
  });

  it('name the space in full, or another base in its place', () => {
    const baseOf = (env: Record<string, string>) =>
      parseSettings({ ...signalWire, ...env }).signalWire.account()?.apiBaseUrl;
    expect(baseOf({ SIGNALWIRE_SPACE: 'a.signalwire.com' })).toBe(
      'https://a.signalwire.com/api/laml',
    );
    const SIGNALWIRE_API_BASE_URL = 'https://signalwire.example.com/api/laml/';
    expect(baseOf({ SIGNALWIRE_API_BASE_URL })).toBe('https://signalwire.example.com/api/laml');
  });

  it('are needed as a whole', () => {
    for (const name of Object.keys(signalWire)) {
      const rest = Object.entries(signalWire).filter(([other]) => other !== name);
      expect(badVariables(Object.fromEntries(rest))).toEqual([name]);
    }
  });

  it.each([
    ['SIGNALWIRE_SPACE', 'https://example.signalwire.com'],
    ['SIGNALWIRE_SPACE', 'evil.example.com'],
    ['SIGNALWIRE_PROJECT_ID', `AC${'0'.repeat(32)}`],
    ['SIGNALWIRE_FROM_NUMBERS', '100'],
  ])('may not be %s=%s', (name, value) => {
    expect(badVariables({ ...signalWire, [name]: value })).toEqual([name]);
  });

  it('have no effect without the space', () => {
    const SIGNALWIRE_API_BASE_URL = 'https://signalwire.example.com';
    expect(parseSettings({ SIGNALWIRE_API_BASE_URL }).warnings).toMatchObject([
      { message: 'SIGNALWIRE_API_BASE_URL has no effect without SIGNALWIRE_SPACE.' },
    ]);
  });
});

describe.each([
  ['PLIVO', 'plivo', 'https://api.plivo.com/v1'],
  ['VOBIZ', 'vobiz', 'https://api.vobiz.ai/api/v1'],
] as const)('settings of an account %s_*', (prefix, name, apiBaseUrl) => {
  const account = {
    [`${prefix}_AUTH_ID`]: 'MANWVLYTK4ZWU1YTY4QA',
    [`${prefix}_AUTH_TOKEN`]: 'token',
    [`${prefix}_FROM_NUMBERS`]: '+12025550100',
  };

  it('make an account, which takes the place of the simulated carrier', () => {
    const settings = parseSettings({ ...account, PUBLIC_URL: 'https://calls.example.com' });
    expect(settings[name].account()).toEqual({
      apiBaseUrl,
      authId: 'MANWVLYTK4ZWU1YTY4QA',
      authToken: 'token',
      fromNumbers: ['+12025550100'],
      mediaFormat: 'mulaw',
      callsPerSecond: 1,
      acceptsV2: false,
    });
    expect(settings.simulatedCarrier.enabled).toBe(false);
    expect(parseSettings({})[name].account()).toBeNull();
  });

  it('need no public address that others reach where the API is on this machine', () => {
    const here = { [`${prefix}_API_BASE_URL`]: 'http://127.0.0.1:9000/v1' };
    const PUBLIC_URL = 'https://localhost';
    expect(() => parseSettings({ ...account, ...here, PUBLIC_URL })).not.toThrow();
    expect(badVariables({ ...account, PUBLIC_URL })).toEqual(['PUBLIC_URL']);
  });

  it('are needed as a whole, and have no effect alone', () => {
    for (const one of Object.keys(account)) {
      const rest = Object.entries(account).filter(([other]) => other !== one);
      expect(badVariables(Object.fromEntries(rest))).toEqual([one]);
    }
    const base = { [`${prefix}_API_BASE_URL`]: 'https://example.com/v1' };
    expect(parseSettings(base).warnings).toMatchObject([
      { message: `${prefix}_API_BASE_URL has no effect without ${prefix}_AUTH_ID.` },
    ]);
  });

  it.each([
    ['AUTH_ID', 'with a space'],
    ['FROM_NUMBERS', '100'],
    ['MEDIA_FORMAT', 'opus'],
  ])('may not be …_%s=%s', (one, value) => {
    expect(badVariables({ ...account, [`${prefix}_${one}`]: value })).toEqual([`${prefix}_${one}`]);
  });
});

it('Plivo’s older signature is accepted where it is said, beside an account', () => {
  const account = {
    PLIVO_AUTH_ID: 'SANWVLYTK4ZWU1YTY4QA',
    PLIVO_AUTH_TOKEN: 'token',
    PLIVO_FROM_NUMBERS: '+12025550100',
  };
  const PLIVO_SIGNATURE_V2 = 'on';
  expect(parseSettings({ ...account, PLIVO_SIGNATURE_V2 }).plivo.account()?.acceptsV2).toBe(true);
  expect(parseSettings({ PLIVO_SIGNATURE_V2 }).warnings).toMatchObject([
    { message: 'PLIVO_SIGNATURE_V2 has no effect without PLIVO_AUTH_ID.' },
  ]);
  expect(badVariables({ ...account, PLIVO_AUTH_ID: 'AC12' })).toEqual(['PLIVO_AUTH_ID']);
});

describe('settings of Telnyx', () => {
  const telnyx = {
    TELNYX_API_KEY: 'KEY-of-the-api',
    TELNYX_PUBLIC_KEY: 'PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=',
    TELNYX_CONNECTION_ID: '1684641123236054244',
    TELNYX_FROM_NUMBERS: '+12025550100',
  };

  it('make an account, which takes the place of the simulated carrier', () => {
    const settings = parseSettings({ ...telnyx, PUBLIC_URL: 'https://calls.example.com' });
    expect(settings.telnyx.account()).toEqual({
      apiBaseUrl: 'https://api.telnyx.com/v2',
      apiKey: 'KEY-of-the-api',
      publicKey: telnyx.TELNYX_PUBLIC_KEY,
      connectionId: '1684641123236054244',
      fromNumbers: ['+12025550100'],
      callsPerSecond: 1,
    });
    expect(settings.simulatedCarrier.enabled).toBe(false);
    expect(parseSettings({}).telnyx.account()).toBeNull();
  });

  it('are needed as a whole', () => {
    for (const name of Object.keys(telnyx)) {
      const rest = Object.entries(telnyx).filter(([other]) => other !== name);
      expect(badVariables(Object.fromEntries(rest))).toEqual([name]);
    }
  });

  it.each([
    ['TELNYX_PUBLIC_KEY', 'short'],
    ['TELNYX_CONNECTION_ID', 'my-application'],
    ['TELNYX_FROM_NUMBERS', '100'],
    ['TELNYX_CALLS_PER_SECOND', '0'],
  ])('may not be %s=%s', (name, value) => {
    expect(badVariables({ ...telnyx, [name]: value })).toEqual([name]);
  });

  it('have no effect without a key', () => {
    const TELNYX_API_BASE_URL = 'https://telnyx.example.com/v2';
    expect(parseSettings({ TELNYX_API_BASE_URL }).warnings).toMatchObject([
      { message: 'TELNYX_API_BASE_URL has no effect without TELNYX_API_KEY.' },
    ]);
  });
});

describe('settings of a TeXML application', () => {
  const texml = {
    TELNYX_TEXML_API_KEY: 'KEY-of-the-api',
    TELNYX_TEXML_PUBLIC_KEY: 'PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=',
    TELNYX_TEXML_ACCOUNT_SID: '3e6f995f-85f7-4705-9741-53b116d28237',
    TELNYX_TEXML_APPLICATION_SID: '1684641123236054244',
    TELNYX_TEXML_FROM_NUMBERS: '+12025550100',
  };

  it('make an account, and are needed as a whole', () => {
    const settings = parseSettings({ ...texml, PUBLIC_URL: 'https://calls.example.com' });
    expect(settings.texml.account()).toEqual({
      apiBaseUrl: 'https://api.telnyx.com/v2',
      apiKey: 'KEY-of-the-api',
      publicKey: texml.TELNYX_TEXML_PUBLIC_KEY,
      accountSid: texml.TELNYX_TEXML_ACCOUNT_SID,
      applicationSid: '1684641123236054244',
      fromNumbers: ['+12025550100'],
      callsPerSecond: 1,
    });
    expect(parseSettings({}).texml.account()).toBeNull();
    for (const name of Object.keys(texml)) {
      const rest = Object.entries(texml).filter(([other]) => other !== name);
      expect(badVariables(Object.fromEntries(rest))).toEqual([name]);
    }
  });

  it.each([
    ['TELNYX_TEXML_ACCOUNT_SID', 'my-account'],
    ['TELNYX_TEXML_APPLICATION_SID', 'my-application'],
  ])('may not be %s=%s', (name, value) => {
    expect(badVariables({ ...texml, [name]: value })).toEqual([name]);
  });
});

describe('settings of an account at Exotel', () => {
  const exotel = {
    EXOTEL_ACCOUNT_SID: 'example1',
    EXOTEL_API_KEY: 'key',
    EXOTEL_API_TOKEN: 'token',
    EXOTEL_FLOW_ID: '123456',
    EXOTEL_WEBHOOK_TOKEN: 'a-token-of-24-characters',
    EXOTEL_FROM_NUMBERS: '+918012345678',
  };

  it('make an account, which takes the place of the simulated carrier', () => {
    const settings = parseSettings({ ...exotel, PUBLIC_URL: 'https://calls.example.com' });
    expect(settings.exotel.account()).toEqual({
      apiBaseUrl: 'https://api.in.exotel.com/v1',
      accountSid: 'example1',
      apiKey: 'key',
      apiToken: 'token',
      flowId: '123456',
      webhookToken: 'a-token-of-24-characters',
      fromNumbers: ['+918012345678'],
      callsPerSecond: 1,
    });
    expect(settings.simulatedCarrier.enabled).toBe(false);
    expect(parseSettings({}).exotel.account()).toBeNull();
  });

  it('are needed as a whole, and have no effect alone', () => {
    for (const name of Object.keys(exotel)) {
      const rest = Object.entries(exotel).filter(([other]) => other !== name);
      expect(badVariables(Object.fromEntries(rest))).toEqual([name]);
    }
    const EXOTEL_API_BASE_URL = 'https://api.exotel.com/v1';
    expect(parseSettings({ EXOTEL_API_BASE_URL }).warnings).toMatchObject([
      { message: 'EXOTEL_API_BASE_URL has no effect without EXOTEL_ACCOUNT_SID.' },
    ]);
  });

  it('need no public address that others reach where the API is on this machine', () => {
    const here = { EXOTEL_API_BASE_URL: 'http://127.0.0.1:9000/v1' };
    const PUBLIC_URL = 'https://localhost';
    expect(() => parseSettings({ ...exotel, ...here, PUBLIC_URL })).not.toThrow();
    expect(badVariables({ ...exotel, PUBLIC_URL })).toEqual(['PUBLIC_URL']);
  });

  it.each([
    ['EXOTEL_ACCOUNT_SID', 'with a space'],
    ['EXOTEL_FLOW_ID', 'flow'],
    ['EXOTEL_WEBHOOK_TOKEN', 'short'],
    ['EXOTEL_WEBHOOK_TOKEN', 'an&-in-a-token-of-a-url'],
    ['EXOTEL_FROM_NUMBERS', '08012345678'],
  ])('may not be %s=%s', (name, value) => {
    expect(badVariables({ ...exotel, [name]: value })).toEqual([name]);
  });
});

describe('settings of a domain at Cloudonix', () => {
  const cloudonix = {
    CLOUDONIX_DOMAIN: 'example.cloudonix.net',
    CLOUDONIX_API_KEY: 'XI-key',
    CLOUDONIX_WEBHOOK_KEY: 'a-key-of-24-characters-x',
    CLOUDONIX_FROM_NUMBERS: '+12025550100',
  };

  it('make an account, which takes the place of the simulated carrier', () => {
    const settings = parseSettings({ ...cloudonix, PUBLIC_URL: 'https://calls.example.com' });
    expect(settings.cloudonix.account()).toEqual({
      apiBaseUrl: 'https://api.cloudonix.io',
      domain: 'example.cloudonix.net',
      apiKey: 'XI-key',
      webhookKey: 'a-key-of-24-characters-x',
      fromNumbers: ['+12025550100'],
      callsPerSecond: 1,
    });
    expect(settings.simulatedCarrier.enabled).toBe(false);
    expect(parseSettings({}).cloudonix.account()).toBeNull();
  });

  it('are needed as a whole, and have no effect alone', () => {
    for (const name of Object.keys(cloudonix)) {
      const rest = Object.entries(cloudonix).filter(([other]) => other !== name);
      expect(badVariables(Object.fromEntries(rest))).toEqual([name]);
    }
    const CLOUDONIX_API_BASE_URL = 'https://cloudonix.example.com';
    expect(parseSettings({ CLOUDONIX_API_BASE_URL }).warnings).toMatchObject([
      { message: 'CLOUDONIX_API_BASE_URL has no effect without CLOUDONIX_DOMAIN.' },
    ]);
  });

  it.each([
    ['CLOUDONIX_DOMAIN', 'a domain'],
    ['CLOUDONIX_WEBHOOK_KEY', 'short'],
    ['CLOUDONIX_WEBHOOK_KEY', 'a key of words with spaces'],
    ['CLOUDONIX_FROM_NUMBERS', '0301234'],
  ])('may not be %s=%s', (name, value) => {
    expect(badVariables({ ...cloudonix, [name]: value })).toEqual([name]);
  });
});

describe('settings of Vonage', () => {
  const { privateKey: pem } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const vonage = {
    VONAGE_APPLICATION_ID: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab',
    VONAGE_PRIVATE_KEY: pem.replaceAll('\n', '\\n'),
    VONAGE_API_KEY: 'abcd1234',
    VONAGE_SIGNATURE_SECRET: 'signature-secret',
    VONAGE_FROM_NUMBERS: '+12025550100',
  };
  const { VONAGE_PRIVATE_KEY: _, ...withoutKey } = vonage;

  it('make an account, which takes the place of the simulated carrier', () => {
    const settings = parseSettings({ ...vonage, PUBLIC_URL: 'https://calls.example.com' });
    expect(settings.vonage.account()).toEqual({
      apiBaseUrl: 'https://api.nexmo.com/v1',
      applicationId: vonage.VONAGE_APPLICATION_ID,
      privateKey: pem,
      apiKey: 'abcd1234',
      signatureSecret: 'signature-secret',
      fromNumbers: ['+12025550100'],
      callsPerSecond: 3,
    });
    expect(settings.simulatedCarrier.enabled).toBe(false);
    expect(parseSettings({}).vonage.account()).toBeNull();
    expect(JSON.stringify(settings.inForce)).not.toContain('PRIVATE KEY-----');
  });

  it('may name a file with the key', () => {
    const directory = mkdtempSync(join(tmpdir(), 'patchbay-key-'));
    const VONAGE_PRIVATE_KEY_FILE = join(directory, 'private.key');
    writeFileSync(VONAGE_PRIVATE_KEY_FILE, pem);
    const settings = parseSettings({ ...withoutKey, VONAGE_PRIVATE_KEY_FILE });
    expect(settings.vonage.account()?.privateKey).toBe(pem);
    writeFileSync(VONAGE_PRIVATE_KEY_FILE, 'no key');
    for (const file of [VONAGE_PRIVATE_KEY_FILE, join(directory, 'none')]) {
      const named = { ...withoutKey, VONAGE_PRIVATE_KEY_FILE: file };
      expect(badVariables(named)).toEqual(['VONAGE_PRIVATE_KEY_FILE']);
    }
    rmSync(directory, { recursive: true });
  });

  it('are needed as a whole', () => {
    for (const name of Object.keys(vonage)) {
      const rest = Object.entries(vonage).filter(([other]) => other !== name);
      expect(badVariables(Object.fromEntries(rest))).toEqual([name]);
    }
  });

  it.each([
    ['VONAGE_APPLICATION_ID', 'my-application'],
    ['VONAGE_PRIVATE_KEY', '-----BEGIN PRIVATE KEY----- short -----END PRIVATE KEY-----'],
    ['VONAGE_API_KEY', 'a key'],
    ['VONAGE_SIGNATURE_SECRET', 'short'],
    ['VONAGE_FROM_NUMBERS', '100'],
    ['VONAGE_CALLS_PER_SECOND', '0'],
  ])('may not be %s=%s', (name, value) => {
    expect(badVariables({ ...vonage, [name]: value })).toEqual([name]);
  });

  it('have no effect without an application', () => {
    const VONAGE_API_BASE_URL = 'https://vonage.example.com/v1';
    expect(parseSettings({ VONAGE_API_BASE_URL }).warnings).toMatchObject([
      { message: 'VONAGE_API_BASE_URL has no effect without VONAGE_APPLICATION_ID.' },
    ]);
  });
});
