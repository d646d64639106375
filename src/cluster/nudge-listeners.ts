import type { Log } from '../shared/logger.js';

export type NudgeKind = 'instance' | 'feed';

/** Those that listen for nudges on this instance. */
export class NudgeListeners {
  private readonly listeners = { instance: new Set<() => void>(), feed: new Set<() => void>() };

  constructor(private readonly log: Log) {}

  add(kind: NudgeKind, listener: () => void): () => void {
    this.listeners[kind].add(listener);
    return () => this.listeners[kind].delete(listener);
  }

  tell(kind: NudgeKind): void {
    for (const listener of this.listeners[kind]) {
      try {
        listener();
      } catch (error) {
        this.log.error('bus.listener_failed', { error });
      }
    }
  }

  /** Nudges may have been lost. */
  tellAll(): void {
    this.tell('instance');
    this.tell('feed');
  }
}
