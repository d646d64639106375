import type { CallStatus } from '../calls/ledger/call-status.js';

/**
 * What a carrier can do. The carrier's fixture in `test/contract` proves or refutes each
 * capability.
 */
export interface Capabilities {
  /**
   * How a dial whose reply was lost is found again. `search`: the carrier lists calls by their
   * parties. `own-id` and `idempotency-key`: the same request may be repeated and rings only once.
   * `none`: nothing can be found out, and the run is given up when no phone can be ringing any
   * more.
   */
  readonly dialIdentity: 'own-id' | 'idempotency-key' | 'search' | 'none';
  /**
   * What the answer to a question about a call contains: its status and how it ended, only whether
   * it is alive, or nothing.
   */
  readonly lookUp: 'status' | 'alive' | 'none';
  /**
   * The statuses that events report. Where `initiated` is missing, we record it when the carrier
   * accepts a dial; any other missing status is concluded from what follows it.
   */
  readonly tells: readonly CallStatus[];
  /**
   * Whether the carrier must be able to reach us; if not, calls are placed without any public
   * address.
   */
  readonly needsPublicUrl: boolean;
  /**
   * What follows a lost stream: the carrier asks again (`asked`); we give the instruction to stream
   * again through the ingress's `perform` (`rest`); or the call is over (`no`) and is hung up after
   * the grace period.
   */
  readonly resumes: 'asked' | 'rest' | 'no';
  /**
   * Whether a call that is connected to a stream can be given another one through the carrier's
   * API (see `CallsPort.redirect`).
   */
  readonly redirects: boolean;
  /**
   * How the one-use token reaches us: as a parameter of `start`, or as the last segment of the
   * stream's path.
   */
  readonly streamToken: 'parameter' | 'path';
  /**
   * How the caller can be connected with a person: at once, or after something was announced to that
   * person, a text where `says` is true and else a sound, of ours or of the carrier's. Empty: not at all.
   * Where there is a form, the account can be told at any time (`redirects`, or `resumes` is `rest`).
   */
  readonly transfers: ReadonlyArray<'blind' | 'announced'>;
  /** Whether a sentence can be said before the stream, or in its place. */
  readonly says: boolean;
  /** Whether the carrier can tell people from machines. */
  readonly machineDetection: boolean;
  /**
   * How digits are sent into a call: the carrier sends them when its API is asked
   * (`CallsPort.sendDigits`), we play their tones in the audio, or not at all.
   */
  readonly digitsOut: 'api' | 'tones' | 'none';
  /**
   * How a call is ended: the carrier's API is asked, at any time; or an answered call ends with its
   * stream, which we close, and one that rings cannot be ended.
   */
  readonly hangsUp: 'api' | 'stream';
}

/** The least that a carrier may offer: a carrier lacks each capability that it does not declare. */
export const LEAST: Capabilities = Object.freeze({
  dialIdentity: 'none',
  lookUp: 'none',
  tells: Object.freeze(['answered', 'completed'] as const),
  needsPublicUrl: true,
  resumes: 'no',
  redirects: false,
  streamToken: 'path',
  transfers: Object.freeze([]),
  says: false,
  machineDetection: false,
  digitsOut: 'none',
  hangsUp: 'api',
});
