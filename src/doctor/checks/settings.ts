import { up, warn, type Check } from '../check.js';
import type { Examination } from '../examination.js';

/** A carrier opens its stream within a few seconds of the answer. */
const TOKEN_TTL_MIN_SECONDS = 15;
/** Frames come every 20 ms and callbacks within seconds, so asking sooner than this is useless. */
const RECONCILE_AFTER_MIN_SECONDS = 10;

/** Do settings conflict with each other? */
export const settingsCheck: Check<Looked> = {
  name: 'settings',
  title: 'Settings',
  group: 'Set-up',
  look(examination) {
    const problems = problemsOf(examination);
    if (problems.length === 0) return up('No setting stands in the way of another.');
    return warn(problems.map(({ seen }) => seen).join(' '), fixOf(problems), {
      variables: problems.map(({ variable }) => variable),
    });
  },
};

/** If there are several problems, each follows the name that it is about. */
function fixOf(problems: readonly Problem[]): string {
  const [only] = problems;
  if (only && problems.length === 1) return only.fix;
  return problems.map(({ variable, fix }) => `${variable}: ${fix}`).join(' ');
}

interface Problem {
  variable: string;
  seen: string;
  fix: string;
}

type Looked = Pick<
  Examination,
  | 'settingsWarnings'
  | 'limits'
  | 'streams'
  | 'reconcile'
  | 'simulated'
  | 'provider'
  | 'origin'
  | 'howToConfigure'
>;

function problemsOf({
  settingsWarnings,
  limits,
  streams,
  reconcile,
  simulated,
  provider,
  origin,
  howToConfigure,
}: Looked): Problem[] {
  const perUser = limits.maxConcurrentCallsPerUser;
  const found: Array<Problem | false> = [
    ...settingsWarnings.list.map(({ variable, message }) => ({
      variable,
      seen: message,
      fix: 'Correct it as it says, or take the variable away.',
    })),
    provider === null &&
      !simulated.enabled && {
        variable: 'SIMULATED_CARRIER',
        seen: 'SIMULATED_CARRIER is off and no carrier is configured, so no call can be placed.',
        fix: `${howToConfigure} For simulated calls, set SIMULATED_CARRIER=auto.`,
      },
    simulated.enabled &&
      provider?.simulated === true &&
      origin.source === 'static' && {
        variable: 'PUBLIC_URL',
        seen: 'PUBLIC_URL is set, but no carrier is configured: the simulated one calls this service without it.',
        fix: `For calls through PUBLIC_URL: ${howToConfigure}`,
      },
    perUser !== null &&
      perUser > limits.maxConcurrentCalls && {
        variable: 'MAX_CONCURRENT_CALLS_PER_USER',
        seen: 'MAX_CONCURRENT_CALLS_PER_USER is more than MAX_CONCURRENT_CALLS and has no effect.',
        fix: 'Lower it, or raise MAX_CONCURRENT_CALLS.',
      },
    streams.tokenTtlSeconds < TOKEN_TTL_MIN_SECONDS && {
      variable: 'STREAM_TOKEN_TTL_SECONDS',
      seen: `STREAM_TOKEN_TTL_SECONDS is less than ${TOKEN_TTL_MIN_SECONDS}: tokens expire while a recording notice is read out.`,
      fix: 'Raise it; the default is 120.',
    },
    reconcile.afterSeconds < RECONCILE_AFTER_MIN_SECONDS &&
      provider?.simulated !== true && {
        variable: 'RECONCILE_AFTER_SECONDS',
        seen: `RECONCILE_AFTER_SECONDS is less than ${RECONCILE_AFTER_MIN_SECONDS}: the carrier is asked about calls that are only ringing.`,
        fix: 'Raise it; the default is 60.',
      },
  ];
  return found.filter((problem) => problem !== false);
}
