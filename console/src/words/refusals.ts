import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';

const REASONS: Record<string, string> = {
  'signature-missing': m.refusals.itWasNotSigned,
  'signature-mismatch': m.refusals.itsSignatureWasWrong,
  'call-id-mismatch': m.refusals.itNamedAnotherCall,
  'account-mismatch': m.refusals.itCameFromAnotherAccount,
  'no-route': m.refusals.noSuchPathIsServed,
  'wrong-method': m.refusals.thePathDoesNotTake,
  'upgrade-missing': m.refusals.itCameAsAnOrdinary,
  'too-large': m.refusals.itWasLargerThanAny,
  'unreadable-body': m.refusals.itsBodyCouldNotBe,
  'ids-mismatch': m.refusals.itsIdsDoNotBelong,
  'run-unknown': m.refusals.itNamedACallThat,
  'call-ended': m.refusals.theCallWasOver,
  'token-missing': m.refusals.itHadNoToken,
  'token-expired': m.refusals.itsTokenWasTooOld,
  'token-used': m.refusals.itsTokenHadBeenUsed,
  'token-unknown': m.refusals.itsTokenWasUnknown,
  'not-this-call': m.refusals.itBelongedToAnotherCall,
  'no-start': m.refusals.noStartCameInTime,
  'protocol-error': m.refusals.itDidNotSpeakThe,
  'possible-replay': m.refusals.theCallHasALive,
  'too-many-waiting': m.refusals.tooManyStreamsWereWaiting,
};

const SURFACES: Record<string, string> = {
  answer: m.refusals.aRequestForInstructions,
  'status-callback': m.refusals.aStatusCallback,
  'media-stream': m.refusals.aMediaStream,
  api: m.refusals.aRequestToTheApi,
};

/** A refused request, as a sentence. */
export function refusalText(surface: string, reason: string): string {
  const what = SURFACES[surface] ?? surface;
  return fill(m.refusals.wasRefused, {
    what,
    value: REASONS[reason] ?? reason.replaceAll('-', ' '),
  });
}
