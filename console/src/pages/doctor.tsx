import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, call, send } from '../api/http.js';
import { readEvents } from '../api/read-events.js';
import type { Check, List, Repair } from '../api/types.js';
import { CheckItem } from '../components/check-item.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice, Notice } from '../components/notice.js';
import { useAction, useLoad } from '../hooks.js';
import { fill } from '../messages/fill.js';
import { m } from '../messages/all.js';
import { useRouter } from '../router.js';
import {
  byGroup,
  canRepair,
  checksOf,
  repairTexts,
  summaryOf,
  withEvent,
  type RunEvent,
} from '../words/checks.js';

const PATH = 'api/v1/telephony/diagnostics';

/** Checks everything that can be wrong between a phone and an agent, and says what to do about it. */
export function DoctorPage() {
  const quick = useLoad<Record<string, unknown>>(PATH);
  /** The checks of the full run, from its beginning on; null: there was no full run. */
  const [run, setRun] = useState<readonly Check[] | null>(null);
  const checks = run ?? checksOf(quick.data ?? {});
  const [finished, setFinished] = useState(false);
  const { busy, error, run: act } = useAction();
  const abort = useRef<AbortController | null>(null);
  const { query } = useRouter();
  const sought = query.get('check');
  useEffect(() => () => abort.current?.abort(), []);

  const runAll = (): void =>
    act(async () => {
      abort.current = new AbortController();
      setFinished(false);
      setRun(checks);
      let whole = false;
      const response = await send('POST', PATH, { body: {}, signal: abort.current.signal });
      await readEvents(response, (event) => {
        const data = JSON.parse(event.data) as Record<string, unknown>;
        if (event.event === 'check') {
          setRun((before) => withEvent(before ?? [], data as unknown as RunEvent));
        }
        if (event.event === 'done') {
          setRun(checksOf(data));
          setFinished(true);
          whole = true;
        }
      });
      if (whole) return;
      setRun((before) => before?.filter((check) => check.status !== 'running') ?? null);
      throw new Error(m.doctor.theServiceEndedTheRun);
    });

  const done = checks.filter((check) => check.status !== 'running').length;
  return (
    <>
      <PageHeading
        actions={
          <button type="button" disabled={busy} onClick={runAll}>
            {busy ? m.doctor.checking : m.doctor.runEveryCheck}
          </button>
        }
      >
        {m.doctor.doctor}
      </PageHeading>
      <p class="intro">{m.doctor.theQuickChecksAreShown}</p>
      <DoctorError error={quick.error ?? error} />
      {quick.data || quick.error || busy ? null : <Looking />}
      {busy ? (
        <progress aria-label={m.doctor.checksDone} value={done} max={Math.max(checks.length, 1)} />
      ) : null}
      <p class="summary" role="status">
        {busy
          ? ''
          : finished
            ? fill(m.doctor.everyCheck, { summary: summaryOf(checks) })
            : summaryOf(checks)}
      </p>
      {sought && checks.length > 0 && !checks.some(({ name }) => name === sought) ? (
        <p>{m.doctor.theCheckYouLookFor}</p>
      ) : null}
      <RepairNumbers
        offered={canRepair(checks) && !busy}
        onRepaired={() => {
          setFinished(false);
          setRun(null);
          quick.reload();
        }}
      />
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

/** Sets our URLs at the carrier for claimed numbers that have others, and shows the result for each. */
function RepairNumbers({ offered, onRepaired }: { offered: boolean; onRepaired: () => void }) {
  const { busy, error, run } = useAction();
  const [repairs, setRepairs] = useState<readonly Repair[] | null>(null);
  const repair = (): void =>
    run(async () => {
      setRepairs(null);
      const { data } = await call<List<Repair>>('POST', `${PATH}/repairs/numbers`);
      setRepairs(data);
      onRepaired();
    });
  return (
    <>
      <ErrorNotice error={error} />
      {repairs ? (
        <Notice tone={repairs.every(({ repaired }) => repaired) ? 'good' : 'bad'}>
          <ul>
            {repairTexts(repairs).map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </Notice>
      ) : null}
      {offered ? (
        <p>
          <button type="button" disabled={busy} onClick={repair}>
            {busy ? m.doctor.setting : m.doctor.setOurURLsForClaimed}
          </button>
        </p>
      ) : null}
    </>
  );
}

function DoctorError({ error }: { error: unknown }) {
  if (error instanceof ApiProblem && error.status === 404) {
    return <p class="empty">{m.doctor.theDoctorIsForUser}</p>;
  }
  return <ErrorNotice error={error} />;
}
