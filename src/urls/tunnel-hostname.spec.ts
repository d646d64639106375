import { describe, expect, it } from '@jest/globals';
import { isQuickTunnel, readMetrics, readQuickTunnel } from './tunnel-hostname.js';
import { cpuMsOf } from '../../test/support/patience.js';

const quick = (hostname: unknown): string => JSON.stringify({ hostname });
const metric = (label: string, count: string | number = 1): string =>
  `cloudflared_tunnel_user_hostnames_counts{userHostname="${label}"} ${count}`;

describe('the host name of a tunnel', () => {
  it('is read from /quicktunnel, in lower case', () => {
    expect(readQuickTunnel(quick('Some-Words.trycloudflare.com'))).toBe(
      'some-words.trycloudflare.com',
    );
  });

  it.each([
    '',
    'localhost',
    '127.0.0.1',
    'under_score.trycloudflare.com',
    'a.trycloudflare.com:443',
    'gateway.local',
    'gateway.internal',
    'gateway.home.arpa',
    'a.localhost',
    'a.trycloudflare.com.',
    'a..trycloudflare.com',
    '-a.trycloudflare.com',
    `${'a'.repeat(64)}.trycloudflare.com`,
    'a.trycloudflare.com/path',
    'user@a.trycloudflare.com',
    'a.trycloudflare.com\n',
    42,
    null,
  ])('is never %j', (hostname) => {
    expect(readQuickTunnel(quick(hostname))).toBeNull();
  });

  it.each(['', 'null', '[]', '"a.trycloudflare.com"', '{}', '<html>', '{"hostname":'])(
    'is not in %j',
    (body) => {
      expect(readQuickTunnel(body)).toBeNull();
    },
  );

  it('is read from among all metrics', () => {
    const body = [
      '# HELP cloudflared_tunnel_user_hostnames_counts Which user hostnames cloudflared is serving',
      '# TYPE cloudflared_tunnel_user_hostnames_counts counter',
      'cloudflared_tunnel_total_requests 7',
      metric('https://gone.trycloudflare.com', 0),
      metric('http://plain.trycloudflare.com'),
      metric('https://under_score.trycloudflare.com'),
      metric('https://some-words.trycloudflare.com'),
      'process_cpu_seconds_total 0.3',
    ].join('\n');
    expect(readMetrics(body)).toBe('some-words.trycloudflare.com');
  });

  it('is found beside other labels, and without a scheme', () => {
    expect(
      readMetrics(
        'cloudflared_tunnel_user_hostnames_counts{a="b",userHostname="x.example.com",c="d"} 2',
      ),
    ).toBe('x.example.com');
  });

  it('is not read from metrics that only mention the name', () => {
    expect(readMetrics(`# ${metric('https://a.trycloudflare.com')}`)).toBeNull();
    expect(readMetrics('')).toBeNull();
  });

  it('takes no longer to find in hostile metrics', () => {
    const body = 'cloudflared_tunnel_user_hostnames_counts{,,,,,,\n'.repeat(20_000);
    expect(cpuMsOf(() => expect(readMetrics(body)).toBeNull())).toBeLessThan(5_000);
  });

  it('belongs to a quick tunnel only under trycloudflare.com', () => {
    expect(isQuickTunnel('a.trycloudflare.com')).toBe(true);
    expect(isQuickTunnel('trycloudflare.com')).toBe(false);
    expect(isQuickTunnel('a.nottrycloudflare.com')).toBe(false);
    expect(isQuickTunnel('a.trycloudflare.com.evil.example')).toBe(false);
  });
});
