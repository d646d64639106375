import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { noise, inTurn } from '../../../test/support/test-signals.js';
import { atLevel, voice } from '../../../test/support/voices.js';
import { sha256 } from '../../shared/sha256.js';
import { SileroNet, SileroState, WINDOW_SAMPLES } from './silero.js';
import { loadSileroWeights, SILERO_FILE } from './weights.js';

/** What ONNX Runtime says of each window of {@link SOUND}; see `scripts/silero-reference.mjs`. */
const REFERENCE = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/silero-reference.json', import.meta.url), 'utf8'),
) as number[];
const SOUND = inTurn(
  atLevel(voice('question'), -20),
  noise(500, -30, 4),
  atLevel(voice('stop-4'), -40),
  atLevel(voice('babble').subarray(0, 8_000), -30),
);

function probabilities(net: SileroNet, sound: Int16Array, state = new SileroState()): number[] {
  const said: number[] = [];
  for (let from = 0; from + WINDOW_SAMPLES <= sound.length; from += WINDOW_SAMPLES) {
    const window = Float64Array.from(
      sound.subarray(from, from + WINDOW_SAMPLES),
      (s) => s / 32_768,
    );
    said.push(net.hear(state, window));
  }
  return said;
}

describe('the voice model', () => {
  const net = new SileroNet(loadSileroWeights());

  it('says what the same model says in ONNX Runtime', () => {
    const said = probabilities(net, SOUND);
    expect(said).toHaveLength(REFERENCE.length);
    const difference = Math.max(...said.map((p, n) => Math.abs(p - (REFERENCE[n] ?? NaN))));
    expect(difference).toBeLessThan(1e-5);
    // The sound is one that tells voices from others.
    expect(said.filter((p) => p > 0.9).length).toBeGreaterThan(30);
    expect(said.filter((p) => p < 0.3).length).toBeGreaterThan(10);
  });

  it('hears each voice for itself', () => {
    const alone = probabilities(net, SOUND);
    const [one, other] = [new SileroState(), new SileroState()];
    const window = (n: number): Float64Array =>
      Float64Array.from(SOUND.subarray(n * 256, n * 256 + 256), (s) => s / 32_768);
    for (let n = 0; n < 20; n += 1) {
      expect(net.hear(one, window(n))).toBe(alone[n]);
      net.hear(other, window(60 - n));
    }
  });

  it('takes no weights but its own', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weights-'));
    const file = join(folder, 'weights.f32');
    writeFileSync(file, readFileSync(SILERO_FILE).subarray(4));
    expect(() => loadSileroWeights(file)).toThrow('is not the voice model’s');
    rmSync(folder, { recursive: true });
    expect(sha256(readFileSync(SILERO_FILE))).toBe(
      '8b96b44ab552b3c276988685826f415e441aee1a3b4965ad9b262b955a63dba9',
    );
  });
});
