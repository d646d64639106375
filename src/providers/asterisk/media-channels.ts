import { randomBytes } from 'node:crypto';
import type { DoResult } from '../ingress.js';
import { problemOf, type AriAnswer, type AriConnection } from './ari-connection.js';
import { isOfApp, textIn, type AriChannel, type AriEvent } from './ari-messages.js';
import type { MediaFormat } from './asterisk.settings.js';
import { bridgeIdOf, callOfBridge, callOfMedia, mediaIdOf } from './channel-names.js';

/** How long Asterisk may take to open the socket, in seconds. */
const OPEN_WITHIN_S = 7;

const NO_CLIENT =
  'is there a client of the name of our application in its websocket_client.conf, and is chan_websocket loaded?';
const REFUSED =
  'Asterisk could not open the media socket: check the uri, user name and password in its websocket_client.conf, and that it reaches us there';

/** What a channel for audio comes to; `lost`: the connection, and with it the events. */
type Reached = 'there' | 'gone' | 'lost';

/** The steps that are waited for. */
interface Opening {
  entered: (reached: Reached) => void;
  opened: (reached: Reached) => void;
}

type Problem = Exclude<DoResult, { kind: 'done' }>;

/**
 * Connects calls with our media sockets. Each gets a channel that Asterisk opens as a WebSocket to
 * us, and a bridge in which both meet.
 */
export class MediaChannels {
  /** The channels whose sockets are not open yet. */
  private readonly openings = new Map<string, Opening>();
  /** The channel that carries a call's audio. */
  private readonly ofCall = new Map<string, string>();
  /** The calls of which it is not known whether their audio is in the bridge. */
  private readonly unsure = new Set<string>();

  constructor(
    private readonly ari: AriConnection,
    private readonly format: MediaFormat,
  ) {}

  /**
   * Resolves when the socket is open and its audio connected, or when that failed.
   * @param parameters of the socket's URL: letters, digits, hyphens and underscores
   */
  async attach(callId: string, parameters: Readonly<Record<string, string>>): Promise<DoResult> {
    const mediaId = mediaIdOf(callId, randomBytes(4).toString('hex'));
    const entered = new Promise<Reached>((resolve) => this.expect(mediaId, 'entered', resolve));
    const opened = new Promise<Reached>((resolve) => this.expect(mediaId, 'opened', resolve));
    const problem =
      (await this.connect(callId, mediaId, parameters, entered)) ?? problemAt(await opened);
    this.openings.delete(mediaId);
    if (problem === null) {
      this.ofCall.set(callId, mediaId);
      return { kind: 'done' };
    }
    if (problem.kind === 'lost') {
      this.unsure.add(callId);
      return problem;
    }
    await this.ari.ask('DELETE', `channels/${mediaId}`);
    await this.tidy(callId);
    return problem;
  }

  /** Takes every event: some say how far such a channel has come. */
  told({ type, channel }: AriEvent): void {
    const opening = channel && this.openings.get(channel.id);
    if (!opening) return;
    if (type === 'StasisStart') opening.entered('there');
    if (type === 'ChannelStateChange' && channel.state === 'Up') opening.opened('there');
    if (type === 'ChannelDestroyed') giveUp(opening, 'gone');
  }

  /** Removes what belonged to a call that is over. */
  async detach(callId: string): Promise<void> {
    const mediaId = this.ofCall.get(callId);
    this.ofCall.delete(callId);
    if (mediaId !== undefined) await this.ari.ask('DELETE', `channels/${mediaId}`);
    await this.ari.ask('DELETE', `bridges/${bridgeIdOf(callId)}`);
  }

  /** Removes the bridge of a call that is over: one that was made while the call's end was handled is nobody's. */
  async tidy(callId: string): Promise<void> {
    const call = await this.ari.ask('GET', `channels/${callId}`);
    if (isStatus(call, 404)) await this.ari.ask('DELETE', `bridges/${bridgeIdOf(callId)}`);
  }

  /**
   * After a reconnection. Removes what is left of calls whose ends were missed: their sockets are
   * closed by that, so that the streams end too. Puts into its bridge what may not have got there.
   */
  async sweep(channels: readonly AriChannel[]): Promise<void> {
    const alive = new Set(channels.map(({ id }) => id));
    const ours = channels.filter((channel) => isOfApp(channel, this.ari.app));
    for (const { id, state } of ours) {
      const callId = callOfMedia(id);
      if (callId === null) continue;
      if (!alive.has(callId)) {
        this.ofCall.set(callId, id);
        await this.detach(callId);
      } else if (this.unsure.has(callId) && state === 'Up') {
        this.ofCall.set(callId, id);
        await this.join(callId, `${callId},${id}`);
      }
    }
    this.unsure.clear();
    await this.tidyBridges();
  }

  /** The connection is lost, and with it the events that are waited for. */
  lost(): void {
    for (const opening of this.openings.values()) giveUp(opening, 'lost');
  }

  /** A call and all that were in its bridge may have ended while nobody of ours heard of it. */
  private async tidyBridges(): Promise<void> {
    const answer = await this.ari.ask('GET', 'bridges');
    const bridges = typeof answer === 'string' || !Array.isArray(answer.body) ? [] : answer.body;
    for (const callId of bridges.map(callOfEmptyBridge)) {
      if (callId !== null) await this.tidy(callId);
    }
  }

  /** @returns what went wrong before the socket could open; null: nothing */
  private async connect(
    callId: string,
    mediaId: string,
    parameters: Readonly<Record<string, string>>,
    entered: Promise<Reached>,
  ): Promise<Problem | null> {
    const { ari, format } = this;
    const words = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
    const created = await ari.ask('POST', 'channels/create', {
      channelId: mediaId,
      endpoint: `WebSocket/${ari.app}/c(${format})f(json)v(${words.join(',')})`,
      app: ari.app,
    });
    if (!isDone(created)) return problemOfStep(created, `${problemOf(created)}: ${NO_CLIENT}`);
    const bridged = await ari.ask('POST', `bridges/${bridgeIdOf(callId)}`, { type: 'mixing' });
    // There may be one from an earlier stream of the call.
    if (!isDone(bridged) && !isStatus(bridged, 409)) return problemOfStep(bridged);
    const joined = await this.join(callId, callId);
    if (!isDone(joined)) return problemOfStep(joined);
    const reached = await entered;
    if (reached !== 'there') return problemAt(reached);
    // In this order: a channel whose socket is not open yet is hung up by the first audio that it
    // is given in a bridge. Asterisk carries them out one after the other.
    const dialled = await ari.ask('POST', `channels/${mediaId}/dial`, { timeout: OPEN_WITHIN_S });
    const added = isDone(dialled) ? await this.join(callId, mediaId) : dialled;
    if (isDone(added)) return null;
    // It is gone already, or is about to go.
    return isStatus(added, 400, 404) ? problemAt('gone') : problemOfStep(added);
  }

  /** @param channel one or several, separated by commas */
  private join(callId: string, channel: string): Promise<AriAnswer> {
    return this.ari.ask('POST', `bridges/${bridgeIdOf(callId)}/addChannel`, { channel });
  }

  private expect(mediaId: string, step: keyof Opening, resolve: (reached: Reached) => void): void {
    const nothing = (): void => undefined;
    const known = this.openings.get(mediaId) ?? { entered: nothing, opened: nothing };
    this.openings.set(mediaId, { ...known, [step]: resolve });
  }
}

function giveUp(opening: Opening, because: Reached): void {
  opening.entered(because);
  opening.opened(because);
}

function problemAt(reached: Reached): Problem | null {
  switch (reached) {
    case 'there':
      return null;
    case 'gone':
      return { kind: 'failed', message: REFUSED };
    case 'lost':
      return problemOfStep('lost');
    default:
      return reached satisfies never;
  }
}

function problemOfStep(answer: AriAnswer, message: string = problemOf(answer)): Problem {
  return typeof answer === 'string'
    ? { kind: 'lost', message: problemOf(answer) }
    : { kind: 'failed', message };
}

/** Null for what is no bridge of ours, or has somebody in it. */
function callOfEmptyBridge(bridge: unknown): string | null {
  const { id, channels } = Object(bridge) as { id?: unknown; channels?: unknown };
  return Array.isArray(channels) && channels.length === 0 ? callOfBridge(textIn(id)) : null;
}

function isDone(answer: AriAnswer): boolean {
  return typeof answer !== 'string' && answer.status >= 200 && answer.status < 300;
}

function isStatus(answer: AriAnswer, ...statuses: number[]): boolean {
  return typeof answer !== 'string' && statuses.includes(answer.status);
}
