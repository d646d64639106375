import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { arrivedOf, readArrived, type Arrived } from './arrived.js';
import { changesOf, describeChange, isOfLastHop, keepsPort, type Sent } from './changes.js';

const ORIGIN = 'https://calls.example.com';
const TARGET = '/api/v1/telephony/twiml?workflow_id=1&name=%27x%27';
const SENT: Sent = {
  url: ORIGIN + TARGET,
  method: 'POST',
  body: 'a=1&b=%2B',
  headers: ['x-signature'],
};

function arrived(fields: {
  target?: string;
  headers?: Record<string, string>;
  body?: string;
}): Arrived {
  const { target = TARGET, headers = {}, body = SENT.body } = fields;
  const request = {
    method: 'POST',
    url: target,
    headers: { host: 'calls.example.com', 'x-signature': 's', ...headers },
  } as unknown as IncomingMessage;
  const text = JSON.stringify(arrivedOf(request, Buffer.from(body), 'an-id'));
  const read = readArrived(text);
  if (!read) throw new Error(`not an echo: ${text}`);
  return read;
}

const parts = (was: Arrived, sent = SENT, origin = ORIGIN) =>
  changesOf(sent, was, origin).map(({ part, breaks }) => `${part}${breaks ? ' breaks' : ''}`);

describe('a request on its way', () => {
  it('has not changed if it arrives as it was sent', () => {
    expect(parts(arrived({}))).toEqual([]);
    expect(parts(arrived({ headers: { host: 'CALLS.example.com:443' } }))).toEqual([]);
    expect(parts(arrived({ headers: { 'x-forwarded-proto': 'https, http' } }))).toEqual([]);
  });

  it.each([
    ['another host', { headers: { host: '10.0.0.7' } }, ['host']],
    ['another port', { headers: { host: 'calls.example.com:8443' } }, ['port']],
    ['plain http by the proxy’s word', { headers: { 'x-forwarded-proto': 'http' } }, ['scheme']],
    ['another path', { target: TARGET.replace('/api', '') }, ['path breaks']],
    ['a doubled slash', { target: `/${TARGET}` }, ['path breaks']],
    ['a query that was unescaped', { target: TARGET.replaceAll('%27', "'") }, ['query breaks']],
    ['no query', { target: '/api/v1/telephony/twiml' }, ['query breaks']],
    ['a body that was written anew', { body: 'a=1&b=+' }, ['body breaks']],
    ['no body', { body: '' }, ['body breaks']],
  ])('reports %s', (_what, fields, expected) => {
    expect(parts(arrived(fields))).toEqual(expected);
  });

  it('reports missing headers that it needs', () => {
    const [change] = changesOf({ ...SENT, headers: ['x-other'] }, arrived({}), ORIGIN);
    expect(change?.breaks).toBe(true);
    expect(change && describeChange(change)).toBe('these headers did not arrive: x-other');
  });

  it('may have lost the prefix of the public URL, or kept it', () => {
    const origin = `${ORIGIN}/pbx`;
    const sent = { ...SENT, url: origin + TARGET };
    expect(parts(arrived({}), sent, origin)).toEqual([]);
    expect(parts(arrived({ target: `/pbx${TARGET}` }), sent, origin)).toEqual([]);
    expect(parts(arrived({ target: `/pbx/pbx${TARGET}` }), sent, origin)).toEqual(['path breaks']);
  });
});

it.each(['', '{}', 'null', '<html>', '{"echo":"other"}', '[]'])(
  'a reply of another service is not an echo: %j',
  (text) => {
    expect(readArrived(text)).toBeNull();
  },
);

describe('the hop next to this service', () => {
  const changed = (fields: Parameters<typeof arrived>[0]) => {
    const was = arrived(fields);
    return changesOf(SENT, was, ORIGIN).map((change) => [change.part, isOfLastHop(change, was)]);
  };

  it.each([
    [{ host: 'internal', 'x-forwarded-host': 'calls.example.com' }, [['host', true]]],
    [{ host: 'internal', 'x-forwarded-host': 'edge, CALLS.example.com:443' }, [['host', true]]],
    [{ host: 'internal', 'x-forwarded-host': 'calls.example.com, edge' }, [['host', false]]],
    [{ host: 'internal' }, [['host', false]]],
    [{ host: 'calls.example.com:81', 'x-forwarded-port': '443' }, [['port', true]]],
  ])('is recognised by its headers: %j', (headers, expected) => {
    expect(changed({ headers })).toEqual(expected);
  });

  it('has rewritten a path and a query that it says it had right', () => {
    const headers = { 'x-original-uri': TARGET };
    expect(changed({ target: '/twiml', headers })).toEqual([
      ['path', true],
      ['query', true],
    ]);
    expect(changed({ target: '/twiml' })).toEqual([
      ['path', false],
      ['query', false],
    ]);
  });

  it.each([
    ['calls.example.com:443', true],
    ['calls.example.com', false],
    ['[2001:db8::1]', false],
    ['[2001:db8::1]:443', true],
  ])('has passed on the port in Host: %s %s', (host, kept) => {
    expect(keepsPort(arrived({ headers: { host } }))).toBe(kept);
  });
});
