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
  /**
   * Where a SIP REFER sends a caller who is transferred: an address in which `{number}` and `{digits}`
   * are replaced; null: transfers are made in a bridge.
   */
  referTo: string | null;
  /** E.164; the first is the default caller. */
  fromNumbers: readonly string[];
  mediaFormat: MediaFormat;
  callsPerSecond: number;
}

/** What a REFER may name. A comma or a bracket would end it in the dialplan. */
export const REFER_TO =
  /^sips?:[A-Za-z0-9+._{}-]{1,60}@[A-Za-z0-9._:[\]-]{1,100}(;[A-Za-z0-9=._-]{1,40})?$/;

/** What the audio on the media socket may be, in Asterisk's words. */
export const MEDIA_FORMATS = ['ulaw', 'slin16'] as const;
export type MediaFormat = (typeof MEDIA_FORMATS)[number];
