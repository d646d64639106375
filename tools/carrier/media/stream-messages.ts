/** What the carrier sends on a stream (Twilio docs, Media Streams messages). Numbers travel as strings. */

export interface StartDetails {
  streamSid: string;
  callSid: string;
  accountSid: string;
  customParameters: Record<string, string>;
}

export const CONNECTED_MESSAGE = JSON.stringify({
  event: 'connected',
  protocol: 'Call',
  version: '1.0.0',
});

export function startMessage(sequence: number, start: StartDetails): string {
  return JSON.stringify({
    event: 'start',
    sequenceNumber: String(sequence),
    start: {
      accountSid: start.accountSid,
      streamSid: start.streamSid,
      callSid: start.callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: start.customParameters,
    },
    streamSid: start.streamSid,
  });
}

/** Written by hand, because it is built fifty times a second for each call. */
export function mediaMessage(
  streamSid: string,
  sequence: number,
  chunk: number,
  timestampMs: number,
  audio: Buffer,
): string {
  return `{"event":"media","sequenceNumber":"${sequence}","media":{"track":"inbound","chunk":"${chunk}","timestamp":"${timestampMs}","payload":"${audio.toString('base64')}"},"streamSid":"${streamSid}"}`;
}

export function dtmfMessage(streamSid: string, sequence: number, digit: string): string {
  return JSON.stringify({
    event: 'dtmf',
    streamSid,
    sequenceNumber: String(sequence),
    dtmf: { track: 'inbound_track', digit },
  });
}

export function markMessage(streamSid: string, sequence: number, name: string): string {
  return JSON.stringify({
    event: 'mark',
    sequenceNumber: String(sequence),
    streamSid,
    mark: { name },
  });
}

export function stopMessage(
  streamSid: string,
  sequence: number,
  call: { accountSid: string; callSid: string },
): string {
  return JSON.stringify({
    event: 'stop',
    sequenceNumber: String(sequence),
    streamSid,
    stop: { accountSid: call.accountSid, callSid: call.callSid },
  });
}
