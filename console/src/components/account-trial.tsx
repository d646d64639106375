import { useState } from 'preact/hooks';
import { call } from '../api/http.js';
import type { AccountTest } from '../api/types.js';
import { useAction } from '../hooks.js';
import { m } from '../messages/all.js';
import { findingCheck } from '../words/accounts.js';
import { CheckItem } from './check-item.js';
import { ErrorNotice } from './notice.js';
import { Polite } from './polite.js';

/** Tries the credentials of an account when somebody asks for it. */
export function AccountTrial({ path }: { path: string }) {
  const [test, setTest] = useState<AccountTest | null>(null);
  const { busy, error, run } = useAction();
  const start = (): void =>
    run(async () => {
      setTest(null);
      setTest(await call<AccountTest>('POST', `${path}/test`));
    });
  return (
    <section aria-labelledby="trial">
      <h2 id="trial">{m.accounts.doesItWork}</h2>
      <p>{m.accounts.asksTheCarrierWithThe}</p>
      <div class="actions">
        <button type="button" class="plain" disabled={busy} onClick={start}>
          {busy ? m.accounts.asking : m.accounts.test}
        </button>
      </div>
      <ErrorNotice error={error} />
      {test ? (
        <>
          <Polite>
            {test.works ? m.accounts.nothingStandsInTheWay : m.accounts.callsWillFail}
          </Polite>
          <ul class="checks">
            {test.findings.map((finding) => (
              <CheckItem key={finding.name} check={findingCheck(finding)} sought={false} />
            ))}
          </ul>
        </>
      ) : null}
    </section>
  );
}
