/** Why this side closes a media stream; `docs/protocol.md` tells each one's meaning and what follows it. */
export enum CloseCode {
  Ended = 1000,
  GoingAway = 1001,
  /** Sent by the socket library itself when a message exceeds the limit. */
  MessageTooBig = 1009,
  AgentFailed = 1011,
  Moved = 1012,
  ConsumerTooSlow = 1013,
  ProtocolError = 4400,
  TokenRefused = 4401,
  NotThisCall = 4403,
  Silent = 4408,
  AnotherStream = 4409,
}
