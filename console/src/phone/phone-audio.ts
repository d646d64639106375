import { m } from '../messages/first.js';
import { kept, keptVolume } from './kept.js';
import { FromTelephone, loudness, ToTelephone } from './telephone-audio.js';
import workletUrl from './worklet.ts?worker&url';

export interface PhoneAudioListener {
  /** Called about every 20 ms with what was said, as μ-law. */
  onSpoken: (mulaw: Uint8Array<ArrayBuffer>) => void;
}

/** The microphone and the loudspeaker of this browser, as those of a telephone. */
export class PhoneAudio {
  muted = false;
  /** How loud the microphone and the loudspeaker are, from 0 to 1. */
  spokenLevel = 0;
  heardLevel = 0;
  private readonly fromTelephone: FromTelephone;

  private constructor(
    private readonly context: AudioContext,
    private readonly microphone: MediaStream,
    private readonly node: AudioWorkletNode,
    private readonly gain: GainNode,
    listener: PhoneAudioListener,
  ) {
    const toTelephone = new ToTelephone(context.sampleRate);
    this.fromTelephone = new FromTelephone(context.sampleRate);
    node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      if (this.muted) data.fill(0);
      this.spokenLevel = loudness(data);
      this.heardLevel *= 0.9;
      listener.onSpoken(toTelephone.write(data));
    };
  }

  /** How loud it plays, from 0 to 1. What is played next is that loud. */
  set volume(volume: number) {
    this.gain.gain.value = volume;
  }

  /**
   * Asks the person for the microphone. Devices that are remembered and not there any more are replaced
   * by the browser's own choice. Must be called right after they pressed a button.
   * @throws Error whose message says what to do
   */
  static async open(listener: PhoneAudioListener): Promise<PhoneAudio> {
    if (!('mediaDevices' in navigator)) {
      throw new Error(m.line.browsersGiveTheMicrophoneTo);
    }
    const microphone = await askForMicrophone();
    const context: AudioContext & Partial<SinkChoice> = new AudioContext({
      latencyHint: 'interactive',
    });
    try {
      // Not every browser lets a page choose, and a device may be gone.
      const speaker = kept('speaker');
      if (speaker) await context.setSinkId?.(speaker).catch(() => undefined);
      await context.audioWorklet.addModule(workletUrl);
      await context.resume();
      const node = new AudioWorkletNode(context, 'patchbay-phone', { outputChannelCount: [1] });
      const gain = new GainNode(context, { gain: keptVolume() });
      context.createMediaStreamSource(microphone).connect(node).connect(gain);
      gain.connect(context.destination);
      return new PhoneAudio(context, microphone, node, gain, listener);
    } catch (error) {
      for (const track of microphone.getTracks()) track.stop();
      await context.close();
      throw error;
    }
  }

  hear(mulaw: Uint8Array): void {
    const samples = this.fromTelephone.write(mulaw);
    this.heardLevel = Math.max(this.heardLevel * 0.8, loudness(samples));
    this.node.port.postMessage(samples, [samples.buffer]);
  }

  /** Drops what waits to be played. */
  silence(): void {
    this.node.port.postMessage(null);
  }

  async close(): Promise<void> {
    for (const track of this.microphone.getTracks()) track.stop();
    if (this.context.state !== 'closed') await this.context.close();
  }
}

/** Not known to the language's own types yet. */
interface SinkChoice {
  setSinkId(deviceId: string): Promise<void>;
}

async function askForMicrophone(): Promise<MediaStream> {
  try {
    return await microphoneOf(kept('microphone'));
  } catch (error) {
    const refused = error instanceof DOMException && error.name === 'NotAllowedError';
    throw new Error(refused ? m.line.theMicrophoneIsNotAllowed : m.line.thereIsNoMicrophonePlug, {
      cause: error,
    });
  }
}

/** @param deviceId empty or null: the browser chooses */
async function microphoneOf(deviceId: string | null): Promise<MediaStream> {
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  const { mediaDevices } = navigator;
  if (!deviceId) return mediaDevices.getUserMedia({ audio });
  try {
    // Browsers do not always heed one that is merely preferred.
    return await mediaDevices.getUserMedia({ audio: { ...audio, deviceId: { exact: deviceId } } });
  } catch (error) {
    // The device is gone. Not in every browser this is a DOMException.
    const { name } = Object(error) as { name?: unknown };
    if (name !== 'OverconstrainedError') throw error;
    return mediaDevices.getUserMedia({ audio });
  }
}
