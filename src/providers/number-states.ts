/**
 * What is wrong with a number that a workflow has claimed; `fine`: nothing. `not-retried`: the
 * number leads here, but a request that fails is not repeated. `at-sip-domain`: a SIP address,
 * whose URLs are configured at its domain and are not checked.
 */
export const NUMBER_STATES = [
  'fine',
  'leads-elsewhere',
  'in-application',
  'in-trunk',
  'no-callback',
  'callback-by-get',
  'not-owned',
  'not-retried',
  'at-sip-domain',
] as const;
export type NumberState = (typeof NUMBER_STATES)[number];
