import { Injectable } from '@nestjs/common';
import { Cluster } from '../../cluster/cluster.js';
import { Instance } from '../../cluster/instance.js';
import type { ShownRun } from '../ledger/call-run.js';
import { LiveSessions } from './live-sessions.js';

/** Which instance carries a call's audio. */
export interface Whereabout {
  /** Whether a media stream carries the call at this moment. */
  streaming: boolean;
  /** The name of the instance that has the stream; null: there is none. */
  instance: string | null;
}

export const NOWHERE: Whereabout = { streaming: false, instance: null };

/** Knows where each call's stream is, on whichever instance it is asked. */
@Injectable()
export class Whereabouts {
  constructor(
    private readonly sessions: LiveSessions,
    private readonly cluster: Cluster,
    private readonly instance: Instance,
  ) {}

  of(run: Pick<ShownRun, 'runId' | 'streamState' | 'streamInstance'>): Whereabout {
    // Our own streams are known exactly, and at once.
    if (this.sessions.find(run.runId)) return { streaming: true, instance: this.instance.name };
    const { streamState, streamInstance } = run;
    if (streamState !== 'live' || streamInstance === this.instance.id) return NOWHERE;
    const owner = this.cluster.members().find(({ id }) => id === streamInstance);
    return owner ? { streaming: true, instance: owner.name } : NOWHERE;
  }
}
