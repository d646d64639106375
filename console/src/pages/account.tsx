import { call } from '../api/http.js';
import type { Carrier, CarrierAccount } from '../api/types.js';
import { AccountBadge } from '../components/account-badge.js';
import { AccountForm } from '../components/account-form.js';
import { AccountNumbers } from '../components/account-numbers.js';
import { AccountTrial } from '../components/account-trial.js';
import { AdminOnly } from '../components/admin-only.js';
import { DeleteButton } from '../components/delete-button.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice, Notice } from '../components/notice.js';
import { useAction, useList, useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { accountLine } from '../words/accounts.js';

/** Makes an account, or shows one and changes it. */
export function AccountPage({ accountKey }: { accountKey: string | null }) {
  return (
    <AdminOnly heading={m.accounts.account} instead={m.accounts.accountsAtCarriersAreUser}>
      {/* Another account is another page, whose form begins anew. */}
      <Account key={accountKey ?? ''} accountKey={accountKey} />
    </AdminOnly>
  );
}

function Account({ accountKey }: { accountKey: string | null }) {
  const path = accountKey === null ? null : `api/v1/carrier-accounts/${accountKey}`;
  const carriers = useList<Carrier>('api/v1/carriers');
  const { data: account, error, fresh, reload } = useLoad<CarrierAccount>(path);
  const list = carriers.data?.data;
  // What was read for another page may have changed since and must not be saved again.
  const ready = list && (path === null || (account && fresh));
  const isOurs = path !== null && account?.source === 'store';
  return (
    <>
      <PageHeading
        actions={
          isOurs && account ? <Actions account={account} path={path} onDone={reload} /> : null
        }
      >
        {path === null ? m.accounts.newAccount : (account?.name ?? accountKey)}
      </PageHeading>
      <ErrorNotice error={carriers.error ?? error} />
      {ready || carriers.error || error ? null : <Looking />}
      {ready && account ? <Summary account={account} carriers={list} /> : null}
      {ready && (path === null || isOurs) ? (
        <AccountForm carriers={list} account={account} onSaved={reload} />
      ) : null}
      {ready && path !== null && account ? (
        <>
          <AccountTrial path={path} />
          <AccountNumbers path={path} />
        </>
      ) : null}
    </>
  );
}

interface SummaryProps {
  account: CarrierAccount;
  carriers: readonly Carrier[];
}

function Summary({ account, carriers }: SummaryProps) {
  const carrier = carriers.find(({ provider }) => provider === account.provider);
  return (
    <>
      <p class="intro">
        <AccountBadge account={account} /> <code>{account.key}</code> ·{' '}
        {accountLine(account, carrier?.name ?? account.provider)}
      </p>
      {account.problem ? (
        <Notice tone="bad">
          <p>{account.problem.reason}</p>
          <p>{account.problem.fix}</p>
        </Notice>
      ) : null}
      {account.source === 'environment' ? (
        <Notice tone="neutral">{m.accounts.itIsConfiguredByThe}</Notice>
      ) : null}
    </>
  );
}

interface ActionsProps {
  account: CarrierAccount;
  path: string;
  onDone: () => void;
}

function Actions({ account, path, onDone }: ActionsProps) {
  const { busy, error, run } = useAction();
  const turn = (): void =>
    run(async () => {
      await call('PATCH', path, { enabled: !account.enabled });
      onDone();
    });
  return (
    <>
      <ErrorNotice error={error} />
      <button type="button" class="plain" disabled={busy} onClick={turn}>
        {account.enabled ? m.accounts.disable : m.accounts.enable}
      </button>
      <DeleteButton
        path={path}
        then="accounts"
        title={fill(m.accounts.deleteQuestion, { name: account.name })}
      >
        <p>{m.accounts.itsCredentialsAreGoneAfterwards}</p>
      </DeleteButton>
    </>
  );
}
