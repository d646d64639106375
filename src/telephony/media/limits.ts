/** Bounds of a media stream. Times in milliseconds, sizes in bytes. */
export const MEDIA_LIMITS = {
  /** From the 101 to `start`. */
  startWithinMs: 5_000,
  /** Without any frame of the carrier's. */
  silenceMs: 30_000,
  /** Keeps proxies from closing an idle socket; a missing pong alone closes nothing. */
  pingEveryMs: 15_000,
  /** From our wish to end until we close the socket ourselves. */
  closeWithinMs: 10_000,
  /** A peer that does not answer a close is cut off after this. */
  closeHandshakeMs: 2_000,
  /** An older stream that carried audio this recently is not taken over. */
  livelyMs: 1_000,
  /** A socket is closed when the end of its stream is durable, or after this. */
  commitWithinMs: 2_500,
  /** From the ledger's word that the call is over to our close, if the carrier says no `stop`. */
  stopWithinMs: 3_000,
  /** Twilio's media messages are below 500 bytes; a `start` with many parameters stays below this. */
  messageBytes: 64 * 1024,
  /** Sockets waiting for `start`. */
  waiting: 500,
  waitingPerRun: 4,
  /** From the ledger's word that the stream has begun to the agent's answer. */
  answerWithinMs: 10_000,
  /** Frames kept while the token is redeemed and the agent answers: ten seconds. */
  keptFrames: 500,
  /** Unsent bytes at which the carrier's side counts as too slow: at our pace, twenty seconds of audio. */
  unsentBytes: 256 * 1024,
} as const;
