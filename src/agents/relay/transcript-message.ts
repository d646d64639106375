import type { TranscriptLine } from '../agent.js';

/** A message of ours, which no bot sends to Twilio. */
export const TRANSCRIPT_EVENT = 'patchbay.transcript';

/**
 * Reads `{event: "patchbay.transcript", streamSid, transcript: {speaker, text, final?, ago_ms?}}`: a line of the
 * call's transcript, or what is wrong with it.
 */
export function readTranscriptMessage(
  message: Readonly<Record<string, unknown>>,
): TranscriptLine | string {
  const { transcript } = message;
  if (typeof transcript !== 'object' || transcript === null)
    return 'its transcript is not an object';
  const { speaker, text, final = true, ago_ms: agoMs = 0 } = transcript as Record<string, unknown>;
  if (speaker !== 'caller' && speaker !== 'agent') {
    return 'the speaker of its transcript is none of caller, agent';
  }
  if (typeof text !== 'string') return 'its transcript has no text';
  if (typeof final !== 'boolean') return 'final of its transcript is not true or false';
  if (typeof agoMs !== 'number' || !(agoMs >= 0)) return 'ago_ms of its transcript is no duration';
  return { speaker, text, final, agoMs };
}
