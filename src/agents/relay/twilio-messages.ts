import type { CallFacts } from '../agent.js';
import { sha256 } from '../../shared/sha256.js';

/**
 * What a bot receives: Twilio's Media Streams messages, with exactly the documented
 * fields (Twilio docs, "Media Streams – WebSocket Messages"). Numbers are strings.
 */
export class TwilioMessages {
  private sequence = 0;
  private chunk = 0;
  private firstTimestampMs: number | null = null;

  constructor(
    readonly streamSid: string,
    private readonly ids: { callSid: string; accountSid: string },
  ) {}

  connected(): string {
    return JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  }

  start(customParameters: Readonly<Record<string, string>>): string {
    const { streamSid, ids } = this;
    return JSON.stringify({
      event: 'start',
      sequenceNumber: this.next(),
      start: {
        accountSid: ids.accountSid,
        streamSid,
        callSid: ids.callSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters,
      },
      streamSid,
    });
  }

  /** Written by hand, because this happens fifty times a second. */
  media(audio: Buffer, timestampMs: number): string {
    this.firstTimestampMs ??= timestampMs;
    this.chunk += 1;
    const since = Math.max(0, Math.round(timestampMs - this.firstTimestampMs));
    return `{"event":"media","sequenceNumber":"${this.next()}","media":{"track":"inbound","chunk":"${this.chunk}","timestamp":"${since}","payload":"${audio.toString('base64')}"},"streamSid":"${this.streamSid}"}`;
  }

  dtmf(digit: string): string {
    return JSON.stringify({
      event: 'dtmf',
      streamSid: this.streamSid,
      sequenceNumber: this.next(),
      dtmf: { track: 'inbound_track', digit },
    });
  }

  mark(name: string): string {
    return JSON.stringify({
      event: 'mark',
      sequenceNumber: this.next(),
      streamSid: this.streamSid,
      mark: { name },
    });
  }

  stop(): string {
    return JSON.stringify({
      event: 'stop',
      sequenceNumber: this.next(),
      streamSid: this.streamSid,
      stop: { accountSid: this.ids.accountSid, callSid: this.ids.callSid },
    });
  }

  private next(): string {
    this.sequence += 1;
    return String(this.sequence);
  }
}

/** The carrier's own ids if they look like Twilio's; otherwise ids of that shape, the same for the same call. */
export function twilioIds({ callId, accountId }: CallFacts): {
  callSid: string;
  accountSid: string;
} {
  return { callSid: shaped('CA', callId), accountSid: shaped('AC', accountId) };
}

function shaped(prefix: string, id: string): string {
  if (new RegExp(`^${prefix}[0-9a-f]{32}$`, 'i').test(id)) return id;
  return prefix + sha256(id).slice(0, 32);
}
