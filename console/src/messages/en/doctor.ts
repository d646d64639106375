export const doctor = {
  whatToDo: 'What to do:',
  theServiceEndedTheRun: 'The service ended the run early: look at its log.',
  checking: 'Checking…',
  runEveryCheck: 'Run every check',
  doctor: 'Doctor',
  theQuickChecksAreShown:
    'The quick checks are shown at once. All checks together take up to a minute and a half, because a WebSocket is held silent for that long to see whether anything on its way cuts it.',
  checksDone: 'Checks done',
  everyCheck: 'Every check: {summary}',
  theCheckYouLookFor:
    'The check you look for is not among the quick ones. Run every check to see it.',
  setting: 'Setting…',
  setOurURLsForClaimed: 'Set our URLs for claimed numbers',
  theDoctorIsForUser: 'The doctor is for user 1 only.',
} as const;
