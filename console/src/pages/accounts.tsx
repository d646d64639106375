import type { Carrier, CarrierAccount } from '../api/types.js';
import { AccountBadge } from '../components/account-badge.js';
import { AdminOnly } from '../components/admin-only.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { rich } from '../components/rich.js';
import { useList } from '../hooks.js';
import { m } from '../messages/all.js';
import { Link } from '../router.js';
import { accountLine } from '../words/accounts.js';

/** The accounts at carriers, of the environment and of the store. */
export function AccountsPage() {
  return (
    <AdminOnly heading={m.accounts.accounts} instead={m.accounts.accountsAtCarriersAreUser}>
      <Accounts />
    </AdminOnly>
  );
}

function Accounts() {
  const { data, error } = useList<CarrierAccount>('api/v1/carrier-accounts');
  const carriers = useList<Carrier>('api/v1/carriers');
  const nameOf = (provider: string): string =>
    carriers.data?.data.find((carrier) => carrier.provider === provider)?.name ?? provider;
  return (
    <>
      <PageHeading
        actions={
          <Link to="accounts/_new" class="button">
            {m.accounts.newAccount}
          </Link>
        }
      >
        {m.accounts.accounts}
      </PageHeading>
      <p class="intro">{m.accounts.theAccountsAtCarriersThe}</p>
      <ErrorNotice error={error ?? carriers.error} />
      {data || error ? null : <Looking />}
      {data?.data.length === 0 ? (
        <p class="empty">
          {rich(m.accounts.thereAreNoneYetMake, {
            marks: { link: (text) => <Link to="accounts/_new">{text}</Link> },
          })}
        </p>
      ) : null}
      <ul class="cards" aria-label={m.accounts.accounts} hidden={!data?.data.length}>
        {data?.data.map((account) => (
          <li key={account.key}>
            <h2>
              <Link to={`accounts/${account.key}`}>{account.name}</Link>{' '}
              <AccountBadge account={account} />
            </h2>
            <p>
              <code>{account.key}</code> · {accountLine(account, nameOf(account.provider))}
            </p>
            {account.problem ? <p>{account.problem.reason}</p> : null}
          </li>
        ))}
      </ul>
    </>
  );
}
