import type { TransferInstruction } from '../answer-instruction.js';
import { isCarrierSound } from '../../shared/sound-name.js';
import type { DoResult } from '../ingress.js';
import { problemOf, type AriConnection } from './ari-connection.js';
import { textIn, type AriChannel, type AriEvent } from './ari-messages.js';
import type { AsteriskAccount } from './asterisk.settings.js';
import { bridgeIdOf, type ChannelNames } from './channel-names.js';
import { endpointOf } from './endpoint.js';
import type { MediaChannels } from './media-channels.js';
import type { OpenDials } from './open-dials.js';
import type { SoundChannels } from './sound-channels.js';

/** The first argument of the channel of a person who is to hear something first; the second is Asterisk's sound. */
const ANNOUNCE = 'announce';

const NO_SUCH_SOUND = 'there is no such sound';
const FORGOTTEN = 'the service was started anew while the phone rang, or there is no such sound';

/** Why what was to be announced was not heard, or not to its end. */
export type OnUnheard = (callId: string, reason: string) => void;

/**
 * Connects calls with people: each person has a channel of their own, in the bridge in which the call
 * met its agent before. What must be known after the loss of a connection is in the channels' names and
 * arguments.
 */
export class PersonChannels {
  /** The person's channel of each call that is being transferred. */
  private readonly ofCall = new Map<string, string>();
  /** The people who are, or were, connected with their callers. */
  private readonly joined = new Set<string>();
  /** The people who are being told something, by the id of its playback. */
  private readonly hearing = new Map<string, string>();
  /** The sounds of ours that people are to hear who have not answered yet. */
  private readonly own = new Map<string, Buffer>();

  constructor(
    private readonly ari: AriConnection,
    private readonly names: ChannelNames,
    private readonly account: Pick<AsteriskAccount, 'app' | 'dial'>,
    private readonly dials: OpenDials,
    private readonly media: Pick<MediaChannels, 'detach' | 'tidy'>,
    private readonly sounds: Pick<SoundChannels, 'play' | 'stop' | 'stopAll' | 'sweep'>,
  ) {}

  /** Calls the person. The same transfer always gets the same channel, so repeating it changes nothing. */
  async call(callId: string, instruction: TransferInstruction): Promise<DoResult> {
    const { transfer, to, from, timeoutSeconds, sound } = instruction;
    const personId = this.names.ofPerson(callId, transfer);
    if (this.ofCall.get(callId) === personId) return { kind: 'done' };
    // The agent is out of the call first, whatever becomes of its socket.
    await this.media.detach(callId);
    // Before the request, because its events may come before its reply.
    this.dials.begun(personId, timeoutSeconds);
    this.ofCall.set(callId, personId);
    if (sound) this.own.set(personId, sound);
    const answer = await this.ari.ask('POST', `channels/${personId}`, {
      endpoint: endpointOf(this.account, to),
      app: this.account.app,
      ...argumentsOf(instruction),
      callerId: from,
      timeout: timeoutSeconds,
    });
    if (typeof answer === 'string') {
      // If it is there, the list that follows the next connection has it.
      this.ofCall.delete(callId);
      return { kind: 'lost', message: problemOf(answer) };
    }
    if (answer.status === 200 || answer.status === 409) {
      // What the caller hears until the person answers.
      if (!this.joined.has(personId)) void this.ari.ask('POST', `channels/${callId}/ring`);
      return { kind: 'done' };
    }
    this.dials.ended(personId);
    this.ofCall.delete(callId);
    this.own.delete(personId);
    return { kind: 'failed', message: problemOf(answer) };
  }

  /** Whether the person was connected with the caller; true where that is not known any more. */
  wasJoined(personId: string): boolean {
    return this.joined.has(personId) || !this.knows(personId);
  }

  /** Takes every event. */
  told({ type, channel, fields }: AriEvent, onUnheard: OnUnheard): void {
    if (type === 'PlaybackFinished') {
      const { id, state } = Object(fields['playback']) as Record<string, unknown>;
      const personId = this.hearing.get(textIn(id));
      const about = personId === undefined ? null : this.names.transferOf(personId);
      this.hearing.delete(textIn(id));
      if (about && state === 'failed') onUnheard(about.callId, NO_SUCH_SOUND);
      if (personId !== undefined) void this.join(personId);
      return;
    }
    const about = channel && this.names.transferOf(channel.id);
    if (!about) return;
    if (type === 'StasisStart') {
      void this.greet(channel, (reason) => onUnheard(about.callId, reason));
    }
    // Before the caller is connected with anybody else.
    if (type === 'ChannelDestroyed' && !this.joined.has(channel.id)) this.stopRinging(about.callId);
  }

  /** Ends what belonged to a channel that is gone: of a call the person's. */
  async detach(channelId: string): Promise<void> {
    const about = this.names.transferOf(channelId);
    if (about) {
      this.joined.delete(channelId);
      this.own.delete(channelId);
      this.hearing.delete(playbackOf(channelId));
      this.sounds.stop(channelId);
      if (this.ofCall.get(about.callId) === channelId) this.ofCall.delete(about.callId);
      return;
    }
    const personId = this.ofCall.get(channelId);
    this.ofCall.delete(channelId);
    if (personId !== undefined) await this.ari.ask('DELETE', `channels/${personId}`);
  }

  /** We follow Asterisk no more: whoever does next connects those who are being told something. */
  closed(): void {
    this.hearing.clear();
    this.sounds.stopAll();
  }

  /**
   * After a reconnection. Hangs up on people whose callers are gone, and connects those who have answered
   * meanwhile.
   */
  async sweep(channels: readonly AriChannel[]): Promise<void> {
    const alive = new Set(channels.map(({ id }) => id));
    this.closed();
    for (const id of this.own.keys()) if (!alive.has(id)) this.own.delete(id);
    for (const { id, state } of channels) {
      const about = this.names.transferOf(id);
      if (!about) continue;
      this.ofCall.set(about.callId, id);
      if (!alive.has(about.callId)) await this.detach(about.callId);
      else if (state === 'Up' && !(await this.isIn(about.callId, id))) {
        this.sounds.sweep(id);
        await this.join(id);
      } else if (state === 'Up') this.joined.add(id);
    }
  }

  private knows(personId: string): boolean {
    return [...this.ofCall.values()].includes(personId);
  }

  /** The person has answered: they hear what is announced, if anything is, and then the caller. */
  private async greet(
    { id, appData }: AriChannel,
    onUnheard: (reason: string) => void,
  ): Promise<void> {
    const own = this.own.get(id);
    const playbackId = playbackOf(id);
    if (own) {
      this.own.delete(id);
      this.hearing.set(playbackId, id);
      const problem = await this.sounds.play(id, own);
      // Else the person is gone, or connected already.
      if (!this.hearing.delete(playbackId)) return;
      if (problem !== null) onUnheard(problem);
      return this.join(id);
    }
    const [, word, sound] = appData.split(',');
    if (word !== ANNOUNCE) return this.join(id);
    if (!sound) {
      onUnheard(FORGOTTEN);
      return this.join(id);
    }
    this.hearing.set(playbackId, id);
    const answer = await this.ari.ask('POST', `channels/${id}/play/${playbackId}`, {
      media: `sound:${sound}`,
    });
    const isPlaying = typeof answer !== 'string' && answer.status < 300;
    if (isPlaying || !this.hearing.delete(playbackId)) return;
    onUnheard(problemOf(answer));
    await this.join(id);
  }

  private async join(personId: string): Promise<void> {
    const about = this.names.transferOf(personId);
    if (!about) return;
    const { callId } = about;
    const bridge = `bridges/${bridgeIdOf(callId)}`;
    // In this order, and carried out one after the other.
    this.stopRinging(callId);
    void this.ari.ask('POST', bridge, { type: 'mixing' });
    this.joined.add(personId);
    const channel = `${callId},${personId}`;
    const answer = await this.ari.ask('POST', `${bridge}/addChannel`, { channel });
    const isJoined = typeof answer !== 'string' && answer.status < 300;
    if (isJoined || answer === 'lost' || answer === 'nobody') return;
    // One of the two is gone: the other is not left alone.
    this.joined.delete(personId);
    await this.ari.ask('DELETE', `channels/${personId}`);
    await this.media.tidy(callId);
  }

  private stopRinging(callId: string): void {
    void this.ari.ask('DELETE', `channels/${callId}/ring`);
  }

  private async isIn(callId: string, personId: string): Promise<boolean> {
    const answer = await this.ari.ask('GET', `bridges/${bridgeIdOf(callId)}`);
    const { channels } = Object(typeof answer === 'string' ? null : answer.body) as {
      channels?: unknown;
    };
    return Array.isArray(channels) && channels.includes(personId);
  }
}

/**
 * Tells whoever is there when the person answers, after a restart too, that something is to be announced first. Only
 * a sound of Asterisk's is there then.
 */
function argumentsOf({ announce, sound }: TransferInstruction): { appArgs?: string } {
  if (announce === null || typeof announce === 'string') return {};
  const isAsterisks = !sound && isCarrierSound(announce.sound);
  return { appArgs: isAsterisks ? `${ANNOUNCE},${announce.sound}` : ANNOUNCE };
}

function playbackOf(personId: string): string {
  return `${personId}-announcement`;
}
