/** Who said something. */
export const SPEAKERS = ['caller', 'agent'] as const;
export type Speaker = (typeof SPEAKERS)[number];

/** Characters of a line; beyond, it is cut. */
export const LINE_MAX = 4_000;

/** Where a line stands: of a stream, or of the transcription of a recording, whose generation is 0. */
export interface LinePlace {
  generation: number;
  /** Its number there; what was stored under it before stays. */
  n: number;
}

/** Something that was said on a call. */
export interface NewLine extends LinePlace {
  speaker: Speaker;
  text: string;
  /** False: more was to come when the stream ended. */
  final: boolean;
  /** When its stream, or the recording, began, in milliseconds since 1970 by this machine's clock. */
  beganAt: number;
  /** When its first sound was heard, in milliseconds from there. */
  atMs: number;
  /** When its last sound was heard, in the same way; null: that is not known. */
  untilMs: number | null;
}

/** A line of a call's transcript, with times from the beginning of the call's recording, or of its first stream. */
export interface Line {
  atMs: number;
  untilMs: number | null;
  speaker: Speaker;
  text: string;
  final: boolean;
}

/** The text of a line as it is kept: without control characters and doubled white space, so that it is one line. */
export function tidyText(text: string): string {
  // A text may be very long, and no more than this of it can be kept.
  const some = text.slice(0, 4 * LINE_MAX);
  const tidy = some.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return tidy.slice(0, LINE_MAX).replace(/\p{Cs}/gu, '\ufffd');
}
