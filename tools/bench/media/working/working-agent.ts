import type { AgentCall, AgentSession, Utterance } from '../../../../src/agents/agent.js';
import type { AudioFormat } from '../../../../src/audio/audio-format.js';
import { encodeMulaw } from '../../../../src/audio/mulaw.js';
import { pcmBytes } from '../../../../src/audio/pcm.js';
import { bytesPerMs, sampleRateOf } from '../../../../src/audio/transcoder.js';
import { seedOf } from './seeds.js';
import { AGENTS_PACE, Talker } from './talker.js';
import { Turns } from './turns.js';
import { voice } from './voice.js';

const FRAME_MS = 20;
const PITCH = 190;
/** The agent's speech is said again and again. */
const SPEECH_SECONDS = 10;

/** The speech of an agent, in its format. Made once for all calls. */
export class WorkingAgent {
  private speech: Buffer | null = null;

  constructor(private readonly format: AudioFormat) {}

  /** An agent at work: it talks in its turns, and stops while it is interrupted. */
  answer(call: AgentCall): AgentSession {
    const turns = new Turns(seedOf(call.facts.from));
    const talker = new Talker(turns, AGENTS_PACE);
    let utterance: Utterance | null = null;
    let frame = -1;
    let silenced = false;
    let at = 0;
    return {
      onAudio: () => {
        frame += 1;
        silenced &&= turns.isInterruption(frame);
        if (silenced) return;
        const frames = talker.next(frame);
        if (frames > 0) {
          const piece = this.piece(at, frames);
          at += piece.length;
          utterance ??= call.speak();
          utterance.write(piece);
        } else if (!turns.isAgents(frame)) {
          utterance?.end();
          utterance = null;
        }
      },
      onInterrupted: () => {
        talker.cut();
        silenced = true;
        utterance = null;
      },
    };
  }

  private piece(from: number, frames: number): Buffer {
    this.speech ??= speechAs(this.format);
    const length = frames * FRAME_MS * bytesPerMs(this.format);
    const start = from % (SPEECH_SECONDS * 1_000 * bytesPerMs(this.format));
    return this.speech.subarray(start, start + length);
  }
}

/** The speech, and as much again as is said at once, so that a piece never has to be put together. */
function speechAs(format: AudioFormat): Buffer {
  const samples = voice(PITCH, sampleRateOf(format), SPEECH_SECONDS);
  const bytes = format === 'mulaw_8000' ? encodeMulaw(samples) : pcmBytes(samples);
  const again = AGENTS_PACE.ahead * FRAME_MS * bytesPerMs(format);
  return Buffer.concat([bytes, bytes.subarray(0, again)]);
}
