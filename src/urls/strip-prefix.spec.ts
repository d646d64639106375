import { describe, expect, it } from '@jest/globals';
import { prefixOf, stripPrefix } from './strip-prefix.js';

describe('the path prefix', () => {
  it.each([
    ['https://a.example.com', ''],
    ['https://a.example.com/pbx', '/pbx'],
    ['wss://A.example.com/one/two', '/one/two'],
  ])('of %s is "%s"', (origin, prefix) => {
    expect(prefixOf(origin)).toBe(prefix);
  });

  it.each([
    ['/pbx/api/v1/agents', '/api/v1/agents'],
    ['/api/v1/agents', '/api/v1/agents'],
    ['/pbx/api/v1/agents?x=%2Fpbx', '/api/v1/agents?x=%2Fpbx'],
    ['/pbx', '/'],
    ['/pbx/', '/'],
    ['/pbx?x=1', '/?x=1'],
    ['/pbx/unknown', '/unknown'],
    ['/pbxx/api/v1/agents', '/pbxx/api/v1/agents'],
    ['/', '/'],
  ])('/pbx: %s is routed as %s', (target, routed) => {
    expect(stripPrefix(target, '/pbx')).toBe(routed);
  });

  it('may be absent', () => {
    expect(stripPrefix('/api/v1/agents', '')).toBe('/api/v1/agents');
  });

  it.each([
    ['/api', '/api/v1/agents', '/api/v1/agents'],
    ['/api', '/api/api/v1/agents', '/api/v1/agents'],
    ['/api', '/api/health/live', '/health/live'],
    ['/docs', '/docs', '/docs'],
    ['/docs', '/docs/docs', '/docs'],
    ['/api/v1', '/api/v1/telephony/calls', '/api/v1/telephony/calls'],
  ])('that looks like a path of ours, %s: %s is routed as %s', (prefix, target, routed) => {
    expect(stripPrefix(target, prefix)).toBe(routed);
  });
});
