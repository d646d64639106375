/** An account at Plivo, or at a carrier that speaks its protocol. Secrets are never logged. */
export interface PlivoAccount {
  /** With the version, without a trailing slash. */
  apiBaseUrl: string;
  authId: string;
  /** Signs in to the API and verifies webhooks. */
  authToken: string;
  /** E.164; the first is the default caller. */
  fromNumbers: readonly string[];
  callsPerSecond: number;
  mediaFormat: MediaFormat;
  /**
   * Whether a request is accepted that has only the older signature, V2. Plivo's covers neither the query nor the
   * fields.
   */
  acceptsV2: boolean;
}

/** The audio on a media stream: μ-law at 8 kHz, or 16-bit samples. */
export const MEDIA_FORMATS = ['mulaw', 'l16-8k', 'l16-16k'] as const;
export type MediaFormat = (typeof MEDIA_FORMATS)[number];

/** A format in the words of the protocol, as `<Stream>` has it. */
export const CONTENT_TYPES: Readonly<Record<MediaFormat, string>> = {
  mulaw: 'audio/x-mulaw;rate=8000',
  'l16-8k': 'audio/x-l16;rate=8000',
  'l16-16k': 'audio/x-l16;rate=16000',
};
