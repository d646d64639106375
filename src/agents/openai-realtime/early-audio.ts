/** How much of the caller's audio is kept before the session is set up: the last five seconds of μ-law. */
const KEPT_MAX_BYTES = 5_000 * 8;

/** The caller's newest audio, until there is somebody to hear it. */
export class EarlyAudio {
  private readonly kept: Buffer[] = [];
  private bytes = 0;

  keep(audio: Buffer): void {
    this.kept.push(audio);
    this.bytes += audio.length;
    while (this.bytes > KEPT_MAX_BYTES) this.bytes -= this.kept.shift()?.length ?? 0;
  }

  all(): Buffer {
    return Buffer.concat(this.kept);
  }
}
