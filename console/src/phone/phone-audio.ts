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

  /**
   * Asks the person for the microphone. Must be called right after they pressed a button.
   * @throws Error whose message says what to do
   */
  static async open(listener: PhoneAudioListener): Promise<PhoneAudio> {
    if (!('mediaDevices' in navigator)) {
      throw new Error('Browsers give the microphone to pages from https or this machine only.');
    }
    const microphone = await askForMicrophone();
    const context = new AudioContext({ latencyHint: 'interactive' });
    try {
      await context.audioWorklet.addModule(workletUrl);
      await context.resume();
      const node = new AudioWorkletNode(context, 'patchbay-phone', { outputChannelCount: [1] });
      context.createMediaStreamSource(microphone).connect(node).connect(context.destination);
      return new PhoneAudio(context, microphone, node, listener);
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

async function askForMicrophone(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    const refused = error instanceof DOMException && error.name === 'NotAllowedError';
    throw new Error(
      refused
        ? 'The microphone is not allowed. Allow it for this page, and call again.'
        : 'There is no microphone. Plug one in, and call again.',
      { cause: error },
    );
  }
}
