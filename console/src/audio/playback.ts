/** What a recording's player and what follows it tell each other. */
export class Playback {
  private at = 0;
  private readonly listeners = new Set<(seconds: number) => void>();
  private player: ((seconds: number) => void) | null = null;
  private readonly watchers = new Set<(isThere: boolean) => void>();

  /** Where the player is, in seconds. */
  get seconds(): number {
    return this.at;
  }

  /** The player has come to this moment. */
  moved(seconds: number): void {
    this.at = seconds;
    for (const listener of this.listeners) listener(seconds);
  }

  /** Returns how to stop listening. */
  follow(listener: (seconds: number) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** A player is there, which plays from a moment on when it is told. Returns how to take it away. */
  attach(playFrom: (seconds: number) => void): () => void {
    this.take(playFrom);
    return () => {
      if (this.player === playFrom) this.take(null);
    };
  }

  /** Tells now, and from now on, whether there is a player. Returns how to stop listening. */
  watchPlayer(listener: (isThere: boolean) => void): () => void {
    this.watchers.add(listener);
    listener(this.player !== null);
    return () => void this.watchers.delete(listener);
  }

  /** Plays from this moment on; nothing where there is no player. */
  playFrom(seconds: number): void {
    this.player?.(seconds);
  }

  private take(player: ((seconds: number) => void) | null): void {
    this.player = player;
    for (const listener of this.watchers) listener(player !== null);
  }
}
