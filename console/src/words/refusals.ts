const REASONS: Record<string, string> = {
  'signature-missing': 'it was not signed',
  'signature-mismatch': 'its signature was wrong',
  'call-id-mismatch': 'it named another call',
  'account-mismatch': 'it came from another account',
  'no-route': 'no such path is served here',
  'wrong-method': 'the path does not take this method',
  'upgrade-missing': 'it came as an ordinary request, without its upgrade',
  'too-large': 'it was larger than any carrier’s',
  'unreadable-body': 'its body could not be read',
  'ids-mismatch': 'its ids do not belong together',
  'run-unknown': 'it named a call that does not exist',
  'call-ended': 'the call was over',
  'token-missing': 'it had no token',
  'token-expired': 'its token was too old',
  'token-used': 'its token had been used',
  'token-unknown': 'its token was unknown',
  'not-this-call': 'it belonged to another call',
  'no-start': 'no start came in time',
  'protocol-error': 'it did not speak the protocol',
  'possible-replay': 'the call has a live stream already; possibly a replay',
  'too-many-waiting': 'too many streams were waiting to start',
};

const SURFACES: Record<string, string> = {
  answer: 'A request for instructions',
  'status-callback': 'A status callback',
  'media-stream': 'A media stream',
  api: 'A request to the API',
};

/** A refused request, as a sentence. */
export function refusalText(surface: string, reason: string): string {
  const what = SURFACES[surface] ?? surface;
  return `${what} was refused: ${REASONS[reason] ?? reason.replaceAll('-', ' ')}.`;
}
