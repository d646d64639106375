/**
 * The names that we give to what we make in an Asterisk. A call that we place has its run in its
 * name, so that each event says which run it is about, and the name of our application, so that two
 * installations on one Asterisk have no name in common.
 */
export class ChannelNames {
  private readonly dialled: RegExp;
  private readonly person: RegExp;

  /** @param app letters, digits and underscores only */
  constructor(readonly app: string) {
    this.dialled = new RegExp(`^${app}-run-([1-9]\\d{0,15})-\\d+$`);
    this.person = new RegExp(`^(.+)-${app}-to-([1-9]\\d{0,5})$`);
  }

  /** @param createdAt of the run, which another store with the same run ids does not share */
  ofDial(runId: number, createdAt: string): string {
    return `${this.app}-run-${runId}-${createdAt}`;
  }

  /** The run of a call that we placed; null for every other channel. */
  runOf(channelId: string): number | null {
    const runId = Number(this.dialled.exec(channelId)?.[1] ?? Number.NaN);
    return Number.isSafeInteger(runId) ? runId : null;
  }

  /** The channel of the person to whom a call is transferred, for the n-th time. */
  ofPerson(callId: string, transfer: number): string {
    return `${callId}-${this.app}-to-${transfer}`;
  }

  /**
   * The call that is transferred to the person of a channel, and which of its transfers that is; null
   * for every other channel.
   */
  transferOf(channelId: string): { callId: string; transfer: number } | null {
    const [, callId, transfer] = this.person.exec(channelId) ?? [];
    return callId === undefined ? null : { callId, transfer: Number(transfer) };
  }

  /** The context of the dialplan in which callers are referred to people; the extension is the transfer. */
  get referContext(): string {
    return `${this.app}-refer`;
  }

  /** What stands for the person's side of a transfer of which Asterisk has no channel. */
  ofReferred(callId: string, transfer: number): string {
    return `${callId}-${this.app}-refer-${transfer}`;
  }
}

const MEDIA = /^(.+)-media-[0-9a-f]{8}$/;

/** The channel that carries a call's audio to us; each attempt has a name of its own. */
export function mediaIdOf(callId: string, unique: string): string {
  return `${callId}-media-${unique}`;
}

/** The call whose audio a channel carries; null for a channel that is a call itself. */
export function callOfMedia(channelId: string): string | null {
  return MEDIA.exec(channelId)?.[1] ?? null;
}

const BRIDGE = '-bridge';

/** The bridge in which a call and its audio meet. */
export function bridgeIdOf(callId: string): string {
  return `${callId}${BRIDGE}`;
}

/** The call of such a bridge; null for every other one. */
export function callOfBridge(bridgeId: string): string | null {
  return bridgeId.endsWith(BRIDGE) ? bridgeId.slice(0, -BRIDGE.length) : null;
}
