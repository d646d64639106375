import type { VoiceModel } from '../../src/audio/ear/voice-model.js';
import { turnsIn, type ToldTurn } from './ear-bench.js';
import { atLevel, lasting } from './voices.js';

/** The words begin here. */
const FROM_MS = 3_000;
/** So much is heard after them. */
const AFTER_MS = 3_000;

/** How late the beginning and the end of a caller's words were told as a turn; infinite: never. */
export interface WordsTold {
  turns: number;
  startMs: number;
  /** When it began, by what was told. */
  beganMs: number;
  endMs: number;
}

/** From the first to the last frame that is no more than 30 dB weaker than the loudest. */
function soundOf(samples: Int16Array): { fromMs: number; toMs: number } {
  const powers: number[] = [];
  for (let from = 0; from + 160 <= samples.length; from += 160) {
    powers.push(samples.subarray(from, from + 160).reduce((sum, sample) => sum + sample ** 2, 0));
  }
  const loudest = Math.max(...powers);
  const isLoud = (power: number): boolean => power > loudest / 1_000;
  return { fromMs: powers.findIndex(isLoud) * 20, toMs: (powers.findLastIndex(isLoud) + 1) * 20 };
}

/** What is told of these words over a background, at its level in dBov. */
export function turnOf(
  model: VoiceModel,
  words: Int16Array,
  background: Int16Array | null,
  backgroundDb: number,
): WordsTold {
  const { fromMs, toMs } = soundOf(words);
  const ms = FROM_MS + words.length / 8 + AFTER_MS;
  const rounded = ms - (ms % 20);
  const turns: ToldTurn[] = turnsIn(
    {
      ms: rounded,
      caller: words,
      callerFromMs: FROM_MS,
      ...(background ? { background: lasting(atLevel(background, backgroundDb), rounded) } : {}),
    },
    model,
  );
  const first = turns.find(({ endedAtMs }) => endedAtMs > FROM_MS + fromMs);
  const last = turns.at(-1);
  return {
    turns: turns.length,
    startMs: (first?.startedAtMs ?? Infinity) - FROM_MS - fromMs,
    beganMs: (first?.beganAtMs ?? Infinity) - FROM_MS - fromMs,
    endMs: (last?.endedAtMs ?? Infinity) - FROM_MS - toMs,
  };
}
