import { useState } from 'preact/hooks';
import { call } from '../api/http.js';
import type { CarrierAccount, ClaimedNumber, PhoneNumber } from '../api/types.js';
import { ConfirmDialog } from '../components/dialog.js';
import { Field } from '../components/field.js';
import { Form } from '../components/form.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice, Notice } from '../components/notice.js';
import { NoWorkflow } from '../components/no-workflow.js';
import { rich } from '../components/rich.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { useAction, useList } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { useSession } from '../session.js';
import { bareNumber } from '../words/placement.js';

export function NumbersPage() {
  const { session } = useSession();
  if (session?.administrator === false) {
    return (
      <>
        <PageHeading>{m.common.numbers}</PageHeading>
        <p class="empty">{m.numbers.onlyUser1MayLead}</p>
      </>
    );
  }
  return <Numbers />;
}

function Numbers() {
  const { data, error, reload } = useList<PhoneNumber>('api/v1/phone-numbers');
  const { workflows, loaded, nameOf } = useWorkflowNames();
  const [releasing, setReleasing] = useState<PhoneNumber | null>(null);
  const release = useAction();
  const leading = useAction();
  const [led, setLed] = useState<PhoneNumber | null>(null);
  const lead = (number: PhoneNumber, workflowId: number): void =>
    leading.run(async () => {
      setLed(null);
      try {
        setLed(await call<PhoneNumber>('PATCH', pathOf(number), { workflow_id: workflowId }));
      } finally {
        // If the change was refused, the page shows the valid value again.
        reload();
      }
    });
  return (
    <>
      <PageHeading>{m.common.numbers}</PageHeading>
      <p class="intro">{m.numbers.whichWorkflowAnswersWhichNumber}</p>
      <ErrorNotice error={error ?? release.error ?? leading.error} />
      {led ? (
        <Notice tone="good">
          {fill(m.numbers.isAnsweredByFromThe, {
            number: led.number,
            workflow: nameOf(led.workflow_id),
          })}
        </Notice>
      ) : null}
      {data || error ? null : <Looking />}
      {data?.data.length === 0 ? <p class="empty">{m.numbers.noNumberIsClaimedYet}</p> : null}
      <ul class="cards" hidden={!data?.data.length}>
        {data?.data.map((one) => (
          <li key={`${one.account} ${one.number}`} class="split">
            <div>
              <h2 class="number">{one.number}</h2>
              <p>{one.account}</p>
            </div>
            <select
              aria-label={fill(m.numbers.workflowOf, { number: one.number })}
              value={String(one.workflow_id)}
              disabled={leading.busy}
              onChange={(event) => lead(one, Number(event.currentTarget.value))}
            >
              {workflows.some(({ workflow_id: id }) => id === one.workflow_id) ? null : (
                <option value={String(one.workflow_id)}>{nameOf(one.workflow_id)}</option>
              )}
              {workflows.map(({ workflow_id: id, name }) => (
                <option key={id} value={String(id)}>
                  {name}
                </option>
              ))}
            </select>
            <button
              type="button"
              class="plain danger-text"
              aria-label={fill(m.numbers.releaseNumber, { number: one.number })}
              onClick={() => setReleasing(one)}
            >
              {m.numbers.releaseEllipsis}
            </button>
          </li>
        ))}
      </ul>
      {loaded && workflows.length === 0 ? (
        <NoWorkflow />
      ) : (
        <ClaimForm workflows={workflows} onClaimed={reload} />
      )}
      {releasing ? (
        <ConfirmDialog
          title={fill(m.numbers.releaseQuestion, { number: releasing.number })}
          confirm={m.numbers.release}
          busy={release.busy}
          onCancel={() => setReleasing(null)}
          onConfirm={() =>
            release.run(async () => {
              try {
                await call('DELETE', pathOf(releasing));
              } finally {
                setReleasing(null);
              }
              reload();
            })
          }
        >
          <p>{m.numbers.callsToItWillBe}</p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}

/** Two accounts may have the same number. */
function pathOf({ number, account }: PhoneNumber): string {
  return `api/v1/phone-numbers/${encodeURIComponent(number)}?account=${account}`;
}

const CLAIM_LABELS = {
  number: m.numbers.numberWithCountryCode,
  account: m.numbers.account,
  workflow_id: m.common.workflow,
};

interface ClaimFormProps {
  workflows: ReadonlyArray<{ workflow_id: number; name: string }>;
  onClaimed: () => void;
}

function ClaimForm({ workflows, onClaimed }: ClaimFormProps) {
  const [number, setNumber] = useState('');
  const [account, setAccount] = useState('');
  const [workflowId, setWorkflowId] = useState('');
  const accounts = useList<CarrierAccount>('api/v1/carrier-accounts').data?.data ?? [];
  const [claimed, setClaimed] = useState<ClaimedNumber | null>(null);
  const { busy, error, run } = useAction();
  const holder = account || (accounts.find(({ state }) => state === 'ready')?.key ?? '');
  const chosen = workflowId || String(workflows[0]?.workflow_id ?? '');
  const claim = (): void =>
    run(async () => {
      setClaimed(null);
      setClaimed(
        await call<ClaimedNumber>('POST', 'api/v1/phone-numbers', {
          number: bareNumber(number),
          ...(accounts.length > 1 ? { account: holder } : {}),
          workflow_id: Number(chosen),
        }),
      );
      setNumber('');
      onClaimed();
    });
  return (
    <section aria-labelledby="claim">
      <h2 id="claim">{m.numbers.claimANumber}</h2>
      <Form
        error={error}
        labels={CLAIM_LABELS}
        onSubmit={claim}
        end={
          <>
            {claimed ? <Claimed number={claimed} /> : null}
            <div class="actions">
              <button type="submit" disabled={busy}>
                {m.numbers.claim}
              </button>
            </div>
          </>
        }
      >
        <Field
          label={CLAIM_LABELS.number}
          id="number"
          name="number"
          hint={m.numbers.orASipAddressSuch}
        >
          <input
            required
            placeholder="+15005550006"
            maxLength={256}
            autocomplete="off"
            value={number}
            onInput={(event) => setNumber(event.currentTarget.value)}
          />
        </Field>
        {accounts.length > 1 ? (
          <Field label={CLAIM_LABELS.account} id="claim-account" name="account">
            <select value={holder} onChange={(event) => setAccount(event.currentTarget.value)}>
              {accounts.map((one) => (
                <option key={one.key} value={one.key}>
                  {one.name}
                </option>
              ))}
            </select>
          </Field>
        ) : null}
        <Field label={CLAIM_LABELS.workflow_id} id="claim-workflow" name="workflow_id">
          <select value={chosen} onChange={(event) => setWorkflowId(event.currentTarget.value)}>
            {workflows.map((workflow) => (
              <option key={workflow.workflow_id} value={String(workflow.workflow_id)}>
                {workflow.name}
              </option>
            ))}
          </select>
        </Field>
      </Form>
    </section>
  );
}

function Claimed({ number: { number, carrier } }: { number: ClaimedNumber }) {
  const { session } = useSession();
  if (carrier.configured) {
    return <Notice tone="good">{fill(m.numbers.isClaimedAndItsAddresses, { number })}</Notice>;
  }
  return (
    <Notice tone="neutral">
      <p>{fill(m.numbers.isClaimedItsAddressesCould, { number, reason: carrier.reason ?? '' })}</p>
      {session?.simulated ? (
        <p>{m.numbers.callsAreSimulatedHereSo}</p>
      ) : carrier.voice_url ? (
        <p>
          {rich(m.numbers.enterThemThereYourselfFor, {
            values: {
              voiceUrl: <code>{carrier.voice_url}</code>,
              statusCallback: <code>{carrier.status_callback}</code>,
            },
          })}
        </p>
      ) : null}
    </Notice>
  );
}
