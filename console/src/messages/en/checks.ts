export const checks = {
  /** By the checks' names and by their English groups. The service sends the English texts itself. */
  titles: {} as Readonly<Record<string, string>>,
  groups: {} as Readonly<Record<string, string>>,
  unknown: 'unknown',
  checking: 'checking…',
  allRight: 'all right',
  lookAtThis: 'look at this',
  broken: 'broken',
  skipped: 'skipped',
  toLookAt: 'to look at',
  everyClaimedNumberHasOur: 'Every claimed number has our URLs already.',
  leadsHereNow: '…{ending} leads here now.',
  couldNotBeSet: '…{ending} could not be set: {reason}.',
} as const;
