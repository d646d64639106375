import type { CallIds } from '../../calls/ledger/call-ids.js';
import { callEvent } from '../../calls/ledger/call-event.js';
import {
  EventFeed,
  type AnswerInstruction,
  type Closable,
  type DoResult,
  type FeedListener,
  type FeedTold,
  type ResyncResult,
} from '../ingress.js';
import { problemOf, type AriAnswer, type AriConnection } from './ari-connection.js';
import { readChannel, type AriChannel, type AriEvent } from './ari-messages.js';
import { callOfMedia, type ChannelNames } from './channel-names.js';
import type { MediaChannels } from './media-channels.js';
import type { OpenDials } from './open-dials.js';
import type { PersonChannels } from './person-channels.js';
import type { ReferredCalls } from './referred-calls.js';
import type { SoundChannels } from './sound-channels.js';
import { listedAs, toldBy } from './told.js';

/** Q.850: the number is not assigned. PJSIP makes 404 of it. */
const UNASSIGNED = 1;

/** The events of our Stasis application, and what we have Asterisk do with calls. */
export class AsteriskFeed extends EventFeed {
  /** The calls whose ends are on the way to the ledger. */
  private readonly ending = new Set<string>();

  constructor(
    private readonly ari: AriConnection,
    private readonly names: ChannelNames,
    private readonly dials: OpenDials,
    private readonly media: MediaChannels,
    private readonly people: PersonChannels,
    private readonly refers: ReferredCalls,
    private readonly sounds: SoundChannels,
  ) {
    super();
  }

  open(listener: FeedListener): Closable {
    const opened = this.ari.open({
      connected: () => listener.connected(),
      lost: (why) => {
        this.media.lost();
        listener.lost(why);
      },
      event: (event) => void this.take(event, listener),
    });
    return {
      close: () => {
        this.people.closed();
        return opened.close();
      },
    };
  }

  async resync(): Promise<ResyncResult> {
    const answer = await this.ari.ask('GET', 'channels');
    const list = typeof answer === 'string' ? null : answer.body;
    if (typeof answer === 'string' || answer.status !== 200 || !Array.isArray(list)) {
      return { kind: 'failed', message: problemOf(answer) };
    }
    const channels = list.map(readChannel).filter((channel) => channel !== null);
    // Those that are with an agent or a person, or on the way to one, wait for nothing.
    const withMedia = new Set(
      channels.filter(({ state }) => state === 'Up').map(({ id }) => callOfMedia(id)),
    );
    for (const { id } of channels) withMedia.add(this.names.transferOf(id)?.callId ?? null);
    this.dials.keepOnly(new Set(channels.map(({ id }) => id)));
    void this.media.sweep(channels);
    void this.people.sweep(channels);
    const calls = channels.flatMap((channel) => {
      const told = listedAs(channel, withMedia.has(channel.id), this.names);
      if (told.length > 0) this.greet(channel);
      return told;
    });
    return { kind: 'listed', calls };
  }

  async perform(instruction: AnswerInstruction, { call }: CallIds): Promise<DoResult> {
    if (call === null) return { kind: 'failed', message: 'the call has no id' };
    switch (instruction.kind) {
      case 'stream':
        return this.stream(call, instruction.streamUrl);
      case 'transfer':
        return this.refers.takes(instruction)
          ? this.refers.refer(call, instruction)
          : this.people.call(call, instruction);
      case 'announce':
        return { kind: 'failed', message: 'Asterisk asks for no announcements' };
      case 'reject':
        return this.end(call, instruction.busy ? { reason: 'busy' } : { reason_code: UNASSIGNED });
      case 'hangup':
      case 'say-and-hangup':
        return this.end(call, {});
      default:
        return instruction satisfies never;
    }
  }

  private async take(event: AriEvent, listener: FeedListener): Promise<void> {
    const { type, channel } = event;
    this.media.told(event);
    this.sounds.told(event);
    this.people.told(event, (callId, reason) => void listener.told(this.unheard(callId, reason)));
    const told = toldBy(event, this.names, this.dials, this.people);
    if (type === 'StasisStart' && channel && told?.question) this.greet(channel);
    if (!told) return;
    if (type !== 'ChannelDestroyed' || !channel) return void (await listener.told(told));
    this.ending.add(channel.id);
    await listener.told(told);
    this.ending.delete(channel.id);
    // Afterwards, so that the stream's end is that of the call.
    if (!this.names.transferOf(channel.id)) await this.media.detach(channel.id);
    await this.people.detach(channel.id);
  }

  /** A person is connected without what was to be announced. */
  private unheard(callId: string, reason: string): FeedTold {
    const detail = { announcement: 'not_heard', reason };
    const event = callEvent({ type: 'other', source: 'feed', occurredAt: new Date(), detail });
    const runId = this.names.runOf(callId);
    return { ids: { call: callId }, accountId: null, runId, events: [event], question: null };
  }

  /**
   * For a call that comes in. Without the subscription its end is not reported, because what the
   * application subscribes to by itself ends with Stasis; without the ringing the caller's own
   * cancel may never reach us.
   */
  private greet({ id, state }: AriChannel): void {
    if (this.names.runOf(id) !== null || this.names.transferOf(id)) return;
    const { app } = this.ari;
    void this.ari.ask('POST', `applications/${app}/subscription`, { eventSource: `channel:${id}` });
    if (state === 'Ring') void this.ari.ask('POST', `channels/${id}/ring`);
  }

  private async stream(callId: string, streamUrl: string): Promise<DoResult> {
    // The address is Asterisk's own, in websocket_client.conf; it adds what follows to it.
    const [token = '', runId = '', userId = '', workflowId = ''] = streamUrl.split('/').reverse();
    if (this.names.runOf(callId) === null) {
      const answered = await this.ari.ask('POST', `channels/${callId}/answer`);
      if (this.ending.has(callId)) return { kind: 'done' };
      if (typeof answered === 'string' || answered.status !== 204) return notDone(answered);
    }
    const attached = await this.media.attach(callId, {
      workflow_id: workflowId,
      user_id: userId,
      workflow_run_id: runId,
      token,
    });
    // Hung up meanwhile: there is nothing to connect, and how the call ended is about to be told.
    return this.ending.has(callId) ? { kind: 'done' } : attached;
  }

  private async end(callId: string, query: Record<string, string | number>): Promise<DoResult> {
    const answer = await this.ari.ask('DELETE', `channels/${callId}`, query);
    const isGone = typeof answer !== 'string' && [204, 404].includes(answer.status);
    return isGone ? { kind: 'done' } : notDone(answer);
  }
}

function notDone(answer: AriAnswer): DoResult {
  return { kind: typeof answer === 'string' ? 'lost' : 'failed', message: problemOf(answer) };
}
