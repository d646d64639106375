/** The carrier's call id already belongs to another run; a retry cannot succeed. */
export class CallTakenError extends Error {
  readonly code = 'call_taken';
  readonly retryable = false;

  /** @param runId the run whose call it is */
  constructor(readonly runId: number) {
    super(`the call is run ${runId}'s`);
    this.name = 'CallTakenError';
  }
}
