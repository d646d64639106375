import { FRAME_MS, FrameClassifier } from './frame-classifier.js';

/** Speech goes on for so long after its last frame: the stops within words are no pauses. */
export const HANGOVER_MS = 200;
/** Sound without voice is speech when there was voice so shortly before: the end of "yes". */
const UNVOICED_MS = 100;

/**
 * Tells speech from quiet in one direction of a call, frame by frame. What is
 * louder than the line's own noise, has a pitch and is not a machine's tone is
 * speech.
 */
export class VoiceActivityDetector {
  private readonly classifier = new FrameClassifier();
  private sinceVoicedMs = Infinity;
  private sinceSpeechMs = Infinity;

  /** @param hangoverMs how long speech goes on after its last frame, in milliseconds */
  constructor(private readonly hangoverMs = HANGOVER_MS) {}

  /** Takes the next 20 ms: 160 bytes of μ-law. What is missing is silence. */
  push(frame: Buffer): 'speech' | 'quiet' {
    const kind = this.classifier.push(frame);
    this.sinceVoicedMs = kind === 'voiced' ? 0 : this.sinceVoicedMs + FRAME_MS;
    const isSpeech = kind !== 'quiet' && this.sinceVoicedMs <= UNVOICED_MS;
    this.sinceSpeechMs = isSpeech ? 0 : this.sinceSpeechMs + FRAME_MS;
    return this.sinceSpeechMs <= this.hangoverMs ? 'speech' : 'quiet';
  }
}
