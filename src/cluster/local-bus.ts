import { Log } from '../shared/logger.js';
import { Bus, type NudgeTarget } from './bus.js';
import { NudgeListeners, type NudgeKind } from './nudge-listeners.js';

/** Where one instance has the store to itself, nudges never leave the process. */
export class LocalBus extends Bus {
  private readonly listeners: NudgeListeners;

  constructor(
    private readonly instanceId: string,
    log: Log,
  ) {
    super();
    this.listeners = new NudgeListeners(log);
  }

  nudge(target: NudgeTarget): void {
    if (target === 'feed') setImmediate(() => this.listeners.tell('feed'));
    else if (target.instance === this.instanceId) {
      setImmediate(() => this.listeners.tell('instance'));
    }
  }

  onNudge(target: NudgeKind, listener: () => void): () => void {
    return this.listeners.add(target, listener);
  }

  roundTrip(): Promise<number> {
    return Promise.resolve(0);
  }
}
