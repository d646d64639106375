import { describe, expect, it } from '@jest/globals';
import {
  afterFailure,
  FAILURES_MAX,
  OPEN_MS,
  PROBE_MS,
  probed,
  stateOf,
  WITHIN_MS,
  type Circuit,
} from './circuit.js';

const NOW = Date.UTC(2026, 2, 1, 12);

/** The circuit after failures at these milliseconds. */
function failedAt(...times: number[]): Circuit {
  let circuit: Circuit = { failedAt: [], reason: '', openUntil: null, probeUntil: null };
  for (const at of times) circuit = afterFailure(circuit, 'refused', NOW + at);
  return circuit;
}

const opened = () => failedAt(0, 1, 2, 3, 4);

describe('the circuit of an account', () => {
  it('opens with the fifth failure within a minute', () => {
    expect(stateOf(failedAt(0, 10, 20, 30), NOW + 30)).toBe('closed');
    expect(stateOf(failedAt(0, 10, 20, 30, 40), NOW + 40)).toBe('open');
    expect(stateOf(failedAt(0, 10, 20, 30, WITHIN_MS - 1), NOW + WITHIN_MS)).toBe('open');
  });

  it('stays closed while fewer than five failures are a minute apart', () => {
    expect(stateOf(failedAt(0, 10, 20, 30, WITHIN_MS), NOW + WITHIN_MS)).toBe('closed');
    const slow = Array.from({ length: 20 }, (_, nth) => (nth * WITHIN_MS) / (FAILURES_MAX - 1));
    expect(stateOf(failedAt(...slow), NOW + (slow.at(-1) ?? 0))).toBe('closed');
  });

  it('lets one call through when it has been open for a minute', () => {
    const circuit = opened();
    expect(stateOf(circuit, NOW + 4 + OPEN_MS - 1)).toBe('open');
    const later = NOW + 4 + OPEN_MS;
    expect(stateOf(circuit, later)).toBe('half-open');
    expect(stateOf(probed(circuit, later), later)).toBe('open');
  });

  it('lets another one through when nothing is heard of the first for a minute', () => {
    const later = NOW + 4 + OPEN_MS;
    const circuit = probed(opened(), later);
    expect(stateOf(circuit, later + PROBE_MS - 1)).toBe('open');
    expect(stateOf(circuit, later + PROBE_MS)).toBe('half-open');
  });

  it('is open for another minute when that call fails', () => {
    const later = NOW + 4 + OPEN_MS;
    const circuit = afterFailure(probed(opened(), later), 'no money', later + 50);
    expect(circuit).toMatchObject({ reason: 'no money', probeUntil: null });
    expect(stateOf(circuit, later + 50 + OPEN_MS - 1)).toBe('open');
    expect(stateOf(circuit, later + 50 + OPEN_MS)).toBe('half-open');
  });

  it('remembers no more failures than it needs', () => {
    expect(failedAt(...Array.from({ length: 50 }, (_, nth) => nth)).failedAt).toHaveLength(5);
  });
});
