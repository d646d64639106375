import type { AuditEntry, User } from '../api/system-types.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { SystemPage } from '../components/system-nav.js';
import { useNearEnd } from '../components/use-near-end.js';
import { usePages } from '../components/use-pages.js';
import { useList } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { actionText, subjectText } from '../words/audit.js';
import { dayTime } from '../words/time.js';

export function AuditPage() {
  return (
    <SystemPage heading={m.audit.auditLog} refusal={m.audit.onlyUser1MayRead}>
      <Entries />
    </SystemPage>
  );
}

function Entries() {
  const { rows, complete, error, more } = usePages<AuditEntry>('api/v1/audit-log');
  const users = useList<User>('api/v1/users');
  useNearEnd(more, !complete && !error, rows?.length ?? 0);
  const nameOf = (id: number): string =>
    users.data?.data.find((user) => user.user_id === id)?.name ?? fill(m.audit.user, { id });
  return (
    <>
      <p class="intro">{m.audit.whoChangedWhatThroughThe}</p>
      <ErrorNotice error={error} />
      {rows || error ? null : <Looking />}
      {rows?.length === 0 ? <p class="empty">{m.audit.nothingHasBeenChangedYet}</p> : null}
      <ul class="cards audit" aria-label={m.audit.changes} hidden={!rows?.length}>
        {rows?.map((entry) => (
          <li key={entry.audit_id}>
            <time dateTime={entry.created_at}>{dayTime(entry.created_at)}</time>
            <span>{nameOf(entry.user_id)}</span>
            <strong title={entry.action}>{actionText(entry.action)}</strong>
            <span class="faint">{subjectText(entry)}</span>
          </li>
        ))}
      </ul>
      {complete && rows && rows.length > 0 ? <p class="end faint">{m.audit.noMore}</p> : null}
    </>
  );
}
