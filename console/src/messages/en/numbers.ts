export const numbers = {
  onlyUser1MayLead: 'Only user 1 may lead numbers to workflows.',
  whichWorkflowAnswersWhichNumber:
    'Which workflow answers which number. Calls to a number without one are rejected.',
  isAnsweredByFromThe: '{number} is answered by {workflow} from the next call on.',
  noNumberIsClaimedYet: 'No number is claimed yet. Claim the first one below.',
  workflowOf: 'Workflow of {number}',
  releaseNumber: 'Release {number}',
  releaseEllipsis: 'Release…',
  releaseQuestion: 'Release {number}?',
  release: 'Release',
  callsToItWillBe: 'Calls to it will be rejected until it is claimed again.',
  numberWithCountryCode: 'Number, with country code',
  account: 'Account',
  claimANumber: 'Claim a number',
  claim: 'Claim',
  orASipAddressSuch: 'Or a SIP address, such as sip:sales@acme.sip.twilio.com.',
  isClaimedAndItsAddresses: '{number} is claimed, and its addresses are set at the carrier.',
  isClaimedItsAddressesCould:
    '{number} is claimed. Its addresses could not be set at the carrier ({reason}).',
  callsAreSimulatedHereSo: 'Calls are simulated here, so there is nothing to be entered anywhere.',
  enterThemThereYourselfFor:
    'Enter them there yourself: for incoming calls {voiceUrl}, for status changes {statusCallback}, both with HTTP POST.',
} as const;
