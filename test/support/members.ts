import type { Member } from '../../src/cluster/cluster.js';

/** A healthy instance, as the others know it. */
export function member(name: string, parts: Partial<Member> = {}): Member {
  return {
    id: `id of ${name}`,
    name,
    version: '0.3.0',
    state: 'ready',
    streams: 0,
    capacity: 500,
    startedAt: new Date('2026-11-23T10:00:00Z'),
    clockOffsetMs: 0,
    leaseAgeMs: 1_000,
    schema: '0014-sign-ins',
    mediaHash: 'of the sounds',
    keyHash: 'of the key',
    ...parts,
  };
}
