import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, send } from '../api/http.js';
import { readEvents } from '../api/read-events.js';
import type { Check } from '../api/types.js';
import { CheckItem } from '../components/check-item.js';
import { PageHeading } from '../components/heading.js';
import { ErrorNotice } from '../components/notice.js';
import { useAction, useLoad } from '../hooks.js';
import { useRouter } from '../router.js';
import { byGroup, checksOf, summaryOf, withCheck } from '../words/checks.js';

const PATH = 'api/v1/telephony/diagnostics';

/** Checks whatever can be wrong between a phone and an agent, and says what to do about it. */
export function DoctorPage() {
  const quick = useLoad<Record<string, unknown>>(PATH);
  const [checks, setChecks] = useState<readonly Check[]>([]);
  const [finished, setFinished] = useState(false);
  const { busy, error, run } = useAction();
  const abort = useRef<AbortController | null>(null);
  const { query } = useRouter();
  const sought = query.get('check');
  useEffect(() => {
    if (quick.data) setChecks(checksOf(quick.data));
  }, [quick.data]);
  useEffect(() => () => abort.current?.abort(), []);

  const runAll = (): void =>
    run(async () => {
      abort.current = new AbortController();
      setFinished(false);
      setChecks((before) => before.map((check) => ({ ...check, status: 'running' })));
      const response = await send('POST', PATH, { body: {}, signal: abort.current.signal });
      await readEvents(response, (event) => {
        if (event.event !== 'check') return;
        const told = JSON.parse(event.data) as Check;
        setChecks((before) => withCheck(before, told));
      });
      // What the full run did not speak of keeps no sign of running.
      setChecks((before) => before.filter((check) => check.status !== 'running'));
      setFinished(true);
    });

  const done = checks.filter((check) => check.status !== 'running').length;
  return (
    <>
      <PageHeading
        actions={
          <button type="button" disabled={busy} onClick={runAll}>
            {busy ? 'Checking…' : 'Run every check'}
          </button>
        }
      >
        Doctor
      </PageHeading>
      <p class="intro">
        The quick checks are shown at once. Every check takes up to a minute: it also calls itself
        through the public address.
      </p>
      <DoctorError error={quick.error ?? error} />
      {busy ? (
        <progress aria-label="Checks done" value={done} max={Math.max(checks.length, 1)} />
      ) : null}
      <p class="summary" role="status">
        {busy ? '' : `${finished ? 'Every check: ' : ''}${summaryOf(checks)}`}
      </p>
      {byGroup(checks).map(([group, members]) => (
        <section key={group} aria-label={group}>
          <h2>{group}</h2>
          <ul class="checks">
            {members.map((check) => (
              <CheckItem key={check.name} check={check} sought={check.name === sought} />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function DoctorError({ error }: { error: unknown }) {
  if (error instanceof ApiProblem && error.status === 404) {
    return <p class="empty">The doctor is for user 1 only.</p>;
  }
  return <ErrorNotice error={error} />;
}
