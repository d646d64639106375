import { decodeMulaw } from './mulaw.js';

/** Below this nothing counts as a voice, however quiet the line: decibels under full scale. */
const QUIETEST_VOICE_DB = -48;
/** How far a voice stands out of the noise. */
const ABOVE_NOISE_DB = 9;
/** The noise floor follows a quieter line at once and a louder one slowly, decibels a frame of 20 ms. */
const RISE_DB = 0.06;
/** What does not change for so long is noise, however loud. */
const STEADY_FRAMES = 50;
const STEADY_WITHIN_DB = 3;
const FLOOR_START_DB = -60;
const SILENCE_DB = -90;

/** Tells voice from line noise in frames of 20 ms, by how far it stands out; adapts to the line. */
export class VoiceActivity {
  private floorDb = FLOOR_START_DB;
  private levelDb = SILENCE_DB;
  private steady = 0;

  /** @param mulaw one frame, 8 kHz; usually 160 bytes */
  isVoice(mulaw: Buffer): boolean {
    const level = levelOf(mulaw);
    this.steady = Math.abs(level - this.levelDb) < STEADY_WITHIN_DB ? this.steady + 1 : 0;
    this.levelDb = level;
    if (level < this.floorDb || this.steady >= STEADY_FRAMES)
      this.floorDb = Math.max(level, SILENCE_DB);
    else this.floorDb = Math.min(level, this.floorDb + RISE_DB);
    return level > QUIETEST_VOICE_DB && level > this.floorDb + ABOVE_NOISE_DB;
  }
}

/** Milliseconds of voice after which somebody may be talking. */
const STARTED_MS = 60;
/** Of voice within {@link WINDOW_MS} after which somebody is. */
const CONFIRMED_MS = 280;
const WINDOW_MS = 480;
/** Of quiet after which it was only a cough or a click. */
const DROPPED_MS = 200;
/** Of quiet after which he has finished. */
const ENDED_MS = 600;
const FRAME_MS = 20;

/**
 * - `started`: somebody may be talking
 * - `confirmed`: he is
 * - `dropped`: it was a cough, a click, a door
 * - `ended`: he has finished
 */
export type TurnEvent = 'started' | 'confirmed' | 'dropped' | 'ended';

/** When a caller begins to talk and when he has finished; frames of 20 ms. */
export class TurnDetector {
  private readonly voice = new VoiceActivity();
  private state: 'quiet' | 'maybe' | 'talking' = 'quiet';
  /** The newest frames, 1 for voice. */
  private readonly window = new Uint8Array(WINDOW_MS / FRAME_MS);
  private at = 0;
  private voicedMs = 0;
  private inRowMs = 0;
  private quietMs = 0;

  push(mulaw: Buffer): TurnEvent | null {
    const voiced = this.voice.isVoice(mulaw);
    this.voicedMs += ((voiced ? 1 : 0) - (this.window[this.at] as number)) * FRAME_MS;
    this.window[this.at] = voiced ? 1 : 0;
    this.at = (this.at + 1) % this.window.length;
    this.inRowMs = voiced ? this.inRowMs + FRAME_MS : 0;
    this.quietMs = voiced ? 0 : this.quietMs + FRAME_MS;
    switch (this.state) {
      case 'quiet':
        return this.inRowMs >= STARTED_MS ? this.become('maybe', 'started') : null;
      case 'maybe':
        if (this.voicedMs >= CONFIRMED_MS) return this.become('talking', 'confirmed');
        return this.quietMs >= DROPPED_MS ? this.become('quiet', 'dropped') : null;
      case 'talking':
        return this.quietMs >= ENDED_MS ? this.become('quiet', 'ended') : null;
    }
  }

  private become(state: 'quiet' | 'maybe' | 'talking', event: TurnEvent): TurnEvent {
    this.state = state;
    return event;
  }
}

/** Decibels under full scale. */
function levelOf(mulaw: Buffer): number {
  let sum = 0;
  for (const sample of decodeMulaw(mulaw)) sum += sample * sample;
  if (sum === 0) return SILENCE_DB;
  return 10 * Math.log10(sum / mulaw.length / 32_768 ** 2);
}
