/** How much of the caller's audio is kept before the session is set up. */
const KEPT_MAX_MS = 5_000;
const BYTES_PER_MS = 8;

/** The caller's newest audio, until there is somebody to hear it. */
export class EarlyAudio {
  private readonly kept: Buffer[] = [];
  private bytes = 0;

  /** @param maxMs how much of it is kept; default: five seconds */
  constructor(private readonly maxMs = KEPT_MAX_MS) {}

  keep(audio: Buffer): void {
    this.kept.push(audio);
    this.bytes += audio.length;
    const maxBytes = this.maxMs * BYTES_PER_MS;
    while (this.bytes > maxBytes) this.bytes -= this.kept.shift()?.length ?? 0;
  }

  all(): Buffer {
    return Buffer.concat(this.kept);
  }
}
