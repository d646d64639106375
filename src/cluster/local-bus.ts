import { setImmediate } from 'node:timers/promises';
import { Log } from '../shared/logger.js';
import { Bus, type NudgeTarget } from './bus.js';
import { NudgeListeners, type NudgeKind } from './nudge-listeners.js';
import { NudgeQueue } from './nudge-queue.js';

/** Where one instance has the store to itself, nudges never leave the process. */
export class LocalBus extends Bus {
  override readonly deafness = null;
  override readonly hears = true;
  private readonly listeners: NudgeListeners;
  private readonly queue: NudgeQueue<NudgeKind>;

  constructor(
    private readonly instanceId: string,
    log: Log,
  ) {
    super();
    this.listeners = new NudgeListeners(log);
    this.queue = new NudgeQueue(async (kinds) => {
      await setImmediate();
      for (const kind of kinds) this.listeners.tell(kind);
    });
  }

  nudge(target: NudgeTarget): void {
    if (target === 'feed') this.queue.add('feed');
    else if (target.instance === this.instanceId) this.queue.add('instance');
  }

  onNudge(target: NudgeKind, listener: () => void): () => void {
    return this.listeners.add(target, listener);
  }

  roundTrip(): Promise<number> {
    return Promise.resolve(0);
  }
}
