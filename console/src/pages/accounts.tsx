import type { Carrier, CarrierAccount } from '../api/types.js';
import { AccountBadge } from '../components/account-badge.js';
import { AdminOnly } from '../components/admin-only.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { useList } from '../hooks.js';
import { Link } from '../router.js';
import { accountLine } from '../words/accounts.js';

/** The accounts at carriers, of the environment and of the store. */
export function AccountsPage() {
  return (
    <AdminOnly heading="Accounts" instead="Accounts at carriers are user 1’s to set up.">
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
            New account
          </Link>
        }
      >
        Accounts
      </PageHeading>
      <p class="intro">
        The accounts at carriers. The first one that is ready dials where a call names none.
      </p>
      <ErrorNotice error={error ?? carriers.error} />
      {data || error ? null : <Looking />}
      {data?.data.length === 0 ? (
        <p class="empty">
          There are none yet. <Link to="accounts/_new">Make the first one</Link>, and calls can be
          placed and taken through it.
        </p>
      ) : null}
      <ul class="cards" aria-label="Accounts" hidden={!data?.data.length}>
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
