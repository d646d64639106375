import { encodeMulaw, MULAW_BYTES_PER_SECOND, MULAW_FRAME_BYTES } from '../../audio/mulaw.js';
import { Agent, type AgentCall, type AgentSession } from '../agent.js';

const FULL_SCALE = 32_767;

/** A steady tone: a test signal for lines, levels and recordings. */
export class ToneAgent extends Agent {
  readonly name = 'tone';
  readonly description = 'Plays a steady tone: a test signal.';
  readonly optionsSchema = {
    type: 'object',
    properties: {
      frequency_hz: {
        type: 'number',
        title: 'Frequency, in hertz',
        minimum: 100,
        maximum: 3_400,
        default: 440,
      },
      level_db: {
        type: 'number',
        title: 'Level, in decibels',
        minimum: -60,
        maximum: -3,
        default: -12,
        description: 'Peak, under full scale.',
      },
      seconds: {
        type: 'number',
        title: 'Length, in seconds',
        minimum: 0.1,
        maximum: 600,
        description: 'After which it hangs up; absent: goes on until the caller does.',
      },
    },
    additionalProperties: false,
  };
  override readonly worksInBackground = false;
  override readonly resumes = true;

  answer(call: AgentCall): AgentSession {
    const {
      frequency_hz: frequency = 440,
      level_db: level = -12,
      seconds = Number.POSITIVE_INFINITY,
    } = call.options as { frequency_hz?: number; level_db?: number; seconds?: number };
    const amplitude = FULL_SCALE * 10 ** (level / 20);
    const step = (2 * Math.PI * frequency) / MULAW_BYTES_PER_SECOND;
    const end = Math.min(seconds * MULAW_BYTES_PER_SECOND, Number.MAX_SAFE_INTEGER);
    const tone = call.speak();
    let at = writtenIn(call.resumed?.state);
    // The incoming frames set the pace: one frame goes out for each.
    const next = (): void => {
      if (at >= end) return;
      const length = Math.min(MULAW_FRAME_BYTES, end - at);
      tone.write(
        encodeMulaw(Int16Array.from({ length }, (_, n) => amplitude * Math.sin(step * (at + n)))),
      );
      at += length;
      if (at >= end) finish();
    };
    const finish = (): void => {
      tone.end();
      void tone.finished.then(() => {
        if (!call.signal.aborted) call.hangUp();
      });
    };
    if (at < end) next();
    else finish();
    return { onAudio: next, snapshot: () => ({ writtenBytes: at }) };
  }
}

function writtenIn(state: unknown): number {
  return (state as { writtenBytes: number } | null | undefined)?.writtenBytes ?? 0;
}
