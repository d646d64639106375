/** An Asterisk, and how calls go through it. Secrets are never logged. */
export interface AsteriskAccount {
  /** The base of its ARI, such as `http://10.0.0.5:8088/ari`; no trailing slash. */
  ariUrl: string;
  username: string;
  password: string;
  /** The name of our Stasis application, and of the client in `websocket_client.conf`. */
  app: string;
  /** How a number is dialled: a channel's address in which `{number}` and `{digits}` are replaced. */
  dial: string;
  /** E.164; the first is the default caller. */
  fromNumbers: readonly string[];
  mediaFormat: MediaFormat;
  callsPerSecond: number;
}

/** What the audio on the media socket may be, in Asterisk's words. */
export const MEDIA_FORMATS = ['ulaw', 'slin16'] as const;
export type MediaFormat = (typeof MEDIA_FORMATS)[number];
