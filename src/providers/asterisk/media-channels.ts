import { randomBytes } from 'node:crypto';
import type { DoResult } from '../ingress.js';
import { problemOf, type AriAnswer, type AriConnection } from './ari-connection.js';
import { isOfApp, type AriChannel, type AriEvent } from './ari-messages.js';
import type { MediaFormat } from './asterisk.settings.js';
import { bridgeIdOf, callOfMedia, mediaIdOf } from './channel-names.js';

/** How long Asterisk may take to open the socket, in seconds. */
const OPEN_WITHIN_S = 7;

const NO_CLIENT =
  'is there a client of the name of our application in its websocket_client.conf, and is chan_websocket loaded?';
const REFUSED =
  'Asterisk could not open the media socket: check the uri, user name and password in its websocket_client.conf, and that it reaches us there';

/** How far a channel for audio has come; each step resolves with false when the channel is gone. */
interface Opening {
  entered: (isThere: boolean) => void;
  opened: (isThere: boolean) => void;
}

/**
 * Connects calls with our media sockets. Each gets a channel that Asterisk opens as a WebSocket to
 * us, and a bridge in which both meet.
 */
export class MediaChannels {
  /** The channels whose sockets are not open yet. */
  private readonly openings = new Map<string, Opening>();
  /** The channel that carries a call's audio. */
  private readonly ofCall = new Map<string, string>();

  constructor(
    private readonly ari: AriConnection,
    private readonly format: MediaFormat,
  ) {}

  /**
   * Resolves when the socket is open, or cannot be opened.
   * @param parameters of the socket's URL: letters, digits, hyphens and underscores
   */
  async attach(callId: string, parameters: Readonly<Record<string, string>>): Promise<DoResult> {
    const mediaId = mediaIdOf(callId, randomBytes(4).toString('hex'));
    const entered = new Promise<boolean>((resolve) => this.expect(mediaId, 'entered', resolve));
    const opened = new Promise<boolean>((resolve) => this.expect(mediaId, 'opened', resolve));
    const problem = await this.connect(callId, mediaId, parameters, entered);
    if (problem === null && (await opened)) {
      this.ofCall.set(callId, mediaId);
      return { kind: 'done' };
    }
    this.openings.delete(mediaId);
    await this.ari.ask('DELETE', `channels/${mediaId}`);
    return { kind: 'failed', message: problem ?? REFUSED };
  }

  /** Takes every event: some say how far such a channel has come. */
  told({ type, channel }: AriEvent): void {
    const opening = channel && this.openings.get(channel.id);
    if (!opening) return;
    if (type === 'StasisStart') opening.entered(true);
    if (type === 'ChannelStateChange' && channel.state === 'Up') opening.opened(true);
    if (type === 'ChannelDestroyed') this.giveUp(opening);
  }

  /** Removes what belonged to a call that is over. */
  async detach(callId: string): Promise<void> {
    const mediaId = this.ofCall.get(callId);
    this.ofCall.delete(callId);
    if (mediaId !== undefined) await this.ari.ask('DELETE', `channels/${mediaId}`);
    await this.ari.ask('DELETE', `bridges/${bridgeIdOf(callId)}`);
  }

  /**
   * Removes what is left of calls whose ends were missed. Their sockets are closed by that, so that
   * the streams end too.
   */
  async sweep(channels: readonly AriChannel[]): Promise<void> {
    const alive = new Set(channels.map(({ id }) => id));
    const orphans = channels.filter(({ id, appName, appData }) => {
      const callId = callOfMedia(id);
      return callId !== null && !alive.has(callId) && isOfApp({ appName, appData }, this.ari.app);
    });
    for (const { id } of orphans) {
      const callId = callOfMedia(id) ?? '';
      this.ofCall.set(callId, id);
      await this.detach(callId);
    }
  }

  /** The connection is lost, and with it the events that are waited for. */
  lost(): void {
    for (const opening of this.openings.values()) this.giveUp(opening);
  }

  /** @returns what went wrong before the socket could open */
  private async connect(
    callId: string,
    mediaId: string,
    parameters: Readonly<Record<string, string>>,
    entered: Promise<boolean>,
  ): Promise<string | null> {
    const { ari, format } = this;
    const words = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
    const created = await ari.ask('POST', 'channels/create', {
      channelId: mediaId,
      endpoint: `WebSocket/${ari.app}/c(${format})f(json)v(${words.join(',')})`,
      app: ari.app,
    });
    if (!isDone(created)) return `${problemOf(created)}: ${NO_CLIENT}`;
    const bridgeId = bridgeIdOf(callId);
    const bridged = await ari.ask('POST', `bridges/${bridgeId}`, { type: 'mixing' });
    // There may be one from an earlier stream of the call.
    if (!isDone(bridged) && !isStatus(bridged, 409)) return problemOf(bridged);
    const joined = await ari.ask('POST', `bridges/${bridgeId}/addChannel`, { channel: callId });
    if (!isDone(joined)) return problemOf(joined);
    if (!(await entered)) return REFUSED;
    // In this order: a channel whose socket is not open yet is hung up by the first audio that it
    // is given in a bridge. Asterisk carries them out one after the other.
    const steps: ReadonlyArray<[uri: string, query: Record<string, string | number>]> = [
      [`channels/${mediaId}/dial`, { timeout: OPEN_WITHIN_S }],
      [`bridges/${bridgeId}/addChannel`, { channel: mediaId }],
    ];
    for (const [uri, query] of steps) {
      const answer = await ari.ask('POST', uri, query);
      if (!isDone(answer)) return isStatus(answer, 404, 400) ? REFUSED : problemOf(answer);
    }
    return null;
  }

  private expect(mediaId: string, step: keyof Opening, resolve: (isThere: boolean) => void): void {
    const nothing = (): void => undefined;
    const known = this.openings.get(mediaId) ?? { entered: nothing, opened: nothing };
    this.openings.set(mediaId, { ...known, [step]: resolve });
  }

  private giveUp(opening: Opening): void {
    opening.entered(false);
    opening.opened(false);
  }
}

function isDone(answer: AriAnswer): boolean {
  return typeof answer !== 'string' && answer.status >= 200 && answer.status < 300;
}

function isStatus(answer: AriAnswer, ...statuses: number[]): boolean {
  return typeof answer !== 'string' && statuses.includes(answer.status);
}
