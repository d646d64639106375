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
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { useAction, useList } from '../hooks.js';
import { useSession } from '../session.js';
import { bareNumber } from '../words/placement.js';

export function NumbersPage() {
  const { session } = useSession();
  if (session?.administrator === false) {
    return (
      <>
        <PageHeading>Numbers</PageHeading>
        <p class="empty">Only user 1 may lead numbers to workflows.</p>
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
      <PageHeading>Numbers</PageHeading>
      <p class="intro">
        Which workflow answers which number. Calls to a number without one are rejected.
      </p>
      <ErrorNotice error={error ?? release.error ?? leading.error} />
      {led ? (
        <Notice tone="good">
          {led.number} is answered by {nameOf(led.workflow_id)} from the next call on.
        </Notice>
      ) : null}
      {data || error ? null : <Looking />}
      {data?.data.length === 0 ? (
        <p class="empty">No number is claimed yet. Claim the first one below.</p>
      ) : null}
      <ul class="cards" hidden={!data?.data.length}>
        {data?.data.map((one) => (
          <li key={`${one.account} ${one.number}`} class="split">
            <div>
              <h2 class="number">{one.number}</h2>
              <p>{one.account}</p>
            </div>
            <select
              aria-label={`Workflow of ${one.number}`}
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
              aria-label={`Release ${one.number}`}
              onClick={() => setReleasing(one)}
            >
              Release…
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
          title={`Release ${releasing.number}?`}
          confirm="Release"
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
          <p>Calls to it will be rejected until it is claimed again.</p>
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
  number: 'Number, with country code',
  account: 'Account',
  workflow_id: 'Workflow',
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
      <h2 id="claim">Claim a number</h2>
      <Form
        error={error}
        labels={CLAIM_LABELS}
        onSubmit={claim}
        end={
          <>
            {claimed ? <Claimed number={claimed} /> : null}
            <div class="actions">
              <button type="submit" disabled={busy}>
                Claim
              </button>
            </div>
          </>
        }
      >
        <Field
          label={CLAIM_LABELS.number}
          id="number"
          name="number"
          hint="Or a SIP address, such as sip:sales@acme.sip.twilio.com."
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
    return (
      <Notice tone="good">{number} is claimed, and its addresses are set at the carrier.</Notice>
    );
  }
  return (
    <Notice tone="neutral">
      <p>
        {number} is claimed. Its addresses could not be set at the carrier ({carrier.reason}).
      </p>
      {session?.simulated ? (
        <p>Calls are simulated here, so there is nothing to be entered anywhere.</p>
      ) : carrier.voice_url ? (
        <p>
          Enter them there yourself: for incoming calls <code>{carrier.voice_url}</code>, for status
          changes <code>{carrier.status_callback}</code>, both with HTTP POST.
        </p>
      ) : null}
    </Notice>
  );
}
