import { randomBytes } from 'node:crypto';
import { within } from '../../shared/within.js';
import { problemOf, type AriAnswer, type AriConnection } from './ari-connection.js';
import { textIn, type AriEvent } from './ari-messages.js';
import type { AsteriskAccount } from './asterisk.settings.js';
import { bridgeIdOf, mediaIdOf } from './channel-names.js';
import { SoundLine } from './sound-line.js';

/** How long its channel may take to enter our application, in milliseconds. */
const ENTER_WITHIN_MS = 5_000;

const NOT_ENTERED = 'its channel was gone, or did not come';
const NOT_ACCEPTED =
  'Asterisk did not accept the socket: is /media reachable where /ari is, and is chan_websocket loaded?';
const NOT_TO_ITS_END = 'it was not heard to its end';

/**
 * Plays sounds of ours to people. Each sound gets a channel of `chan_websocket` to which we connect, as
 * Asterisk's own address is the one that we know, and a bridge in which it meets the person alone.
 */
export class SoundChannels {
  /** The lines of those who hear something, by the person's channel. */
  private readonly lines = new Map<string, SoundLine>();
  /** The channels that have not entered our application yet. */
  private readonly entering = new Map<string, (isThere: boolean) => void>();

  constructor(
    private readonly ari: Pick<AriConnection, 'ask' | 'app'>,
    private readonly account: Pick<AsteriskAccount, 'ariUrl'>,
  ) {}

  /**
   * Resolves when the person has heard it, or when that failed or was stopped. Nothing of it is left then. Never
   * throws.
   * @returns why it was not heard to its end; null: it was
   */
  async play(personId: string, mulaw: Buffer): Promise<string | null> {
    const soundId = mediaIdOf(personId, randomBytes(4).toString('hex'));
    const entered = new Promise<boolean>((resolve) => this.entering.set(soundId, resolve));
    try {
      return await this.playBy(soundId, personId, mulaw, entered);
    } finally {
      this.entering.delete(soundId);
      this.stop(personId);
      void this.ari.ask('DELETE', `channels/${soundId}`);
      this.sweep(personId);
    }
  }

  /** Takes every event: one says that a channel is there. */
  told({ type, channel }: AriEvent): void {
    if (!channel) return;
    if (type === 'StasisStart') this.entering.get(channel.id)?.(true);
    if (type === 'ChannelDestroyed') this.entering.get(channel.id)?.(false);
  }

  /** Nothing is played to this person any more. */
  stop(personId: string): void {
    this.lines.get(personId)?.close();
    this.lines.delete(personId);
  }

  /** Removes what a process that is gone has left of a sound; its channel went with its socket. */
  sweep(personId: string): void {
    void this.ari.ask('DELETE', `bridges/${bridgeIdOf(personId)}`);
  }

  stopAll(): void {
    for (const personId of this.lines.keys()) this.stop(personId);
  }

  private async playBy(
    soundId: string,
    personId: string,
    mulaw: Buffer,
    entered: Promise<boolean>,
  ): Promise<string | null> {
    const { ari } = this;
    const bridge = `bridges/${bridgeIdOf(personId)}`;
    const created = await ari.ask('POST', 'channels/create', {
      channelId: soundId,
      endpoint: 'WebSocket/INCOMING/c(ulaw)f(json)',
      app: ari.app,
    });
    if (!isDone(created)) return problemOf(created);
    const variable = await ari.ask('GET', `channels/${soundId}/variable`, {
      variable: 'MEDIA_WEBSOCKET_CONNECTION_ID',
    });
    const id = valueOf(variable);
    if (id === '') return problemOf(variable);
    const line = new SoundLine(`${mediaUrl(this.account.ariUrl)}/${encodeURIComponent(id)}`, mulaw);
    this.lines.set(personId, line);
    if (!(await line.opened())) return NOT_ACCEPTED;
    if ((await within(ENTER_WITHIN_MS, entered)) !== true) return NOT_ENTERED;
    for (const [uri, query] of [
      [bridge, { type: 'mixing' }],
      [`${bridge}/addChannel`, { channel: `${personId},${soundId}` }],
    ] as const) {
      const answer = await ari.ask('POST', uri, query);
      if (!isDone(answer)) return problemOf(answer);
    }
    return (await line.play()) ? null : NOT_TO_ITS_END;
  }
}

/** Beside ARI: `http://asterisk:8088/ari` has its media sockets at `ws://asterisk:8088/media`. */
export function mediaUrl(ariUrl: string): string {
  return `${ariUrl.replace(/^http/i, 'ws').replace(/\/ari\/?$/, '')}/media`;
}

function valueOf(answer: AriAnswer): string {
  if (!isDone(answer)) return '';
  return textIn((Object((answer as { body: unknown }).body) as Record<string, unknown>)['value']);
}

function isDone(answer: AriAnswer): boolean {
  return typeof answer !== 'string' && answer.status >= 200 && answer.status < 300;
}
