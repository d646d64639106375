import type { AccountNumber } from '../api/types.js';
import { useList } from '../hooks.js';
import { m } from '../messages/all.js';
import { Link } from '../router.js';
import { numberLine } from '../words/accounts.js';
import { Looking } from './looking.js';
import { ErrorNotice } from './notice.js';
import { rich } from './rich.js';
import { useWorkflowNames } from './use-workflow-names.js';

/** The numbers that an account owns, and who answers them. */
export function AccountNumbers({ path }: { path: string }) {
  const { data, error } = useList<AccountNumber>(`${path}/numbers`);
  const { nameOf } = useWorkflowNames();
  return (
    <section aria-labelledby="account-numbers">
      <h2 id="account-numbers">{m.accounts.itsNumbers}</h2>
      <ErrorNotice error={error} />
      {data || error ? null : <Looking />}
      {data?.data.length === 0 ? <p class="empty">{m.accounts.itHasNone}</p> : null}
      <ul class="cards" aria-label={m.accounts.numbersOfTheAccount} hidden={!data?.data.length}>
        {data?.data.map((number) => (
          <li key={number.number}>
            <h3 class="number">{number.number}</h3>
            <p>{numberLine(number, nameOf)}</p>
          </li>
        ))}
      </ul>
      <p>
        {rich(m.accounts.whichWorkflowAnswersANumber, {
          marks: { link: (text) => <Link to="numbers">{text}</Link> },
        })}
      </p>
    </section>
  );
}
