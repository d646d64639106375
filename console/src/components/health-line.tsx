import { call, urlOf } from '../api/http.js';
import type { Readiness } from '../api/system-types.js';
import { useQuery } from '../hooks.js';
import { m } from '../messages/first.js';
import { Link } from '../router.js';
import { useSession } from '../session.js';
import { checksOf } from '../words/checks.js';
import { askAgainSeconds, healthOf, readinessWords, type HealthWords } from '../words/health.js';

const ASK_EVERY_MS = 60_000;
const CHECKS = 'api/v1/telephony/diagnostics';
const READY = 'health/ready';

/** On every page: what is wrong with the service, if anything is, and where to read more. */
export function HealthLine() {
  const { session } = useSession();
  if (!session) return null;
  return session.administrator ? <AsTheDoctorSays /> : <AsItSaysItself />;
}

function AsTheDoctorSays() {
  const { data, error } = useQuery<Diagnosis>({
    queryKey: [CHECKS, 'health'],
    // Several windows share one run of the doctor.
    queryFn: ({ client, queryKey, signal }) => {
      const age = pauseAfter(client.getQueryData(queryKey));
      return call('GET', `${CHECKS}?max_age_seconds=${age}`, undefined, signal);
    },
    refetchInterval: ({ state }) => pauseAfter(state.data) * 1_000,
  });
  // The doctor needs the store to know who asks.
  if (error) return <AsItSaysItself />;
  return <Line words={healthOf(checksOf(data ?? {}))} />;
}

type Diagnosis = Record<string, unknown>;

/** In seconds. */
function pauseAfter(diagnosis: Diagnosis | undefined): number {
  return askAgainSeconds(healthOf(checksOf(diagnosis ?? {})));
}

function AsItSaysItself() {
  const { data, error } = useQuery<Readiness>({
    queryKey: [READY],
    // A service that is not ready answers 503 with its reasons.
    queryFn: async ({ signal }) => (await fetch(urlOf(READY), { signal })).json(),
    refetchInterval: ASK_EVERY_MS,
  });
  return <Line words={data && !error ? readinessWords(data) : null} />;
}

const WORDS = {
  bad: { shape: '✕', title: m.shell.broken },
  waiting: { shape: '▲', title: m.shell.toLookAt },
};

function Line({ words }: { words: HealthWords | null }) {
  if (!words) return null;
  const { shape, title } = WORDS[words.tone];
  return (
    <aside class={`health ${words.tone}`} aria-label={m.shell.health}>
      <p role="status">
        <span aria-hidden="true">{shape}</span> <strong>{title}:</strong> {words.text}
      </p>
      {words.check === null ? null : (
        <Link to={`doctor?check=${words.check}`}>{m.shell.openTheCheck}</Link>
      )}
    </aside>
  );
}
