import { useState } from 'preact/hooks';
import { call } from '../api/http.js';
import type { ApiKey, IssuedKey, User } from '../api/system-types.js';
import { ConfirmDialog } from '../components/dialog.js';
import { Field } from '../components/field.js';
import { Form } from '../components/form.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { rich } from '../components/rich.js';
import { ShownOnce } from '../components/shown-once.js';
import { SystemPage } from '../components/system-nav.js';
import { useAction, useList } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { shortTime } from '../words/time.js';

const PATH = 'api/v1/users';
const ADMINISTRATOR = 1;

export function UsersPage() {
  return (
    <SystemPage heading={m.users.users} refusal={m.users.onlyUser1MayManage}>
      <Users />
    </SystemPage>
  );
}

function Users() {
  const { data, error, reload } = useList<User>(PATH);
  return (
    <>
      <p class="intro">{m.users.whoMayUseTheApi}</p>
      <ErrorNotice error={error} />
      {data || error ? null : <Looking />}
      <div class="wide-and-form">
        <ul class="cards" aria-label={m.users.users} hidden={!data?.data.length}>
          {data?.data.map((user) => (
            <UserCard key={user.user_id} user={user} onChanged={reload} />
          ))}
        </ul>
        <NewUser onMade={reload} />
      </div>
    </>
  );
}

function UserCard({ user, onChanged }: { user: User; onChanged: () => void }) {
  const [issued, setIssued] = useState<IssuedKey | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const { busy, error, run } = useAction();
  const keysPath = `${PATH}/${user.user_id}/keys`;
  const revoke = (key: ApiKey): void =>
    run(async () => {
      try {
        await call('DELETE', `${keysPath}/${key.key_id}`);
      } finally {
        setRevoking(null);
      }
      if (issued?.key_id === key.key_id) setIssued(null);
      onChanged();
    });
  return (
    <li class="user">
      <h2>
        {user.name} <span class="faint">{fill(m.users.user, { userId: user.user_id })}</span>
      </h2>
      <p>
        {rich(m.users.made, {
          values: {
            createdAt: <time dateTime={user.created_at}>{shortTime(user.created_at)}</time>,
          },
        })}
        {user.user_id === ADMINISTRATOR ? ` · ${m.users.administersTheOthers}` : ''}
      </p>
      <ErrorNotice error={error} />
      {user.keys.length === 0 ? <p>{m.users.noKeySoNothingCan}</p> : null}
      <ul
        class="keys"
        aria-label={fill(m.users.keysOf, { name: user.name })}
        hidden={user.keys.length === 0}
      >
        {user.keys.map((key) => (
          <li key={key.key_id}>
            <span>{key.name}</span>
            <span class="faint">
              {rich(m.users.issued, {
                values: {
                  createdAt: <time dateTime={key.created_at}>{shortTime(key.created_at)}</time>,
                },
              })}
            </span>
            <button
              type="button"
              class="plain danger-text"
              aria-label={fill(m.users.revokeKeyOf, { key: key.name, user: user.name })}
              onClick={() => setRevoking(key)}
            >
              {m.users.revokeEllipsis}
            </button>
          </li>
        ))}
      </ul>
      {issued ? (
        <ShownOnce value={issued.key}>
          {fill(m.users.thisIsTheKey, { name: issued.name })}
        </ShownOnce>
      ) : null}
      <NewKey
        user={user}
        onIssued={(key) => {
          setIssued(key);
          onChanged();
        }}
      />
      {revoking ? (
        <ConfirmDialog
          title={fill(m.users.revokeTheKey, { name: revoking.name })}
          confirm={m.users.revoke}
          busy={busy}
          onConfirm={() => revoke(revoking)}
          onCancel={() => setRevoking(null)}
        >
          <p>{m.users.programsThatUseItAre}</p>
        </ConfirmDialog>
      ) : null}
    </li>
  );
}

const KEY_LABELS = { name: m.users.whatTheKeyIsFor };

function NewKey({ user, onIssued }: { user: User; onIssued: (key: IssuedKey) => void }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const { busy, error, run } = useAction();
  const issue = (): void =>
    run(async () => {
      const body = name.trim() === '' ? {} : { name: name.trim() };
      onIssued(await call<IssuedKey>('POST', `${PATH}/${user.user_id}/keys`, body));
      setName('');
      setOpen(false);
    });
  if (!open) {
    return (
      <p>
        <button
          type="button"
          class="plain"
          aria-label={fill(m.users.issueAKeyFor, { name: user.name })}
          onClick={() => setOpen(true)}
        >
          {m.users.issueAKey}
        </button>
      </p>
    );
  }
  return (
    <Form
      error={error}
      labels={KEY_LABELS}
      onSubmit={issue}
      end={
        <div class="actions">
          <button type="submit" disabled={busy}>
            {m.users.issueIt}
          </button>
          <button type="button" class="plain" onClick={() => setOpen(false)}>
            {m.common.cancel}
          </button>
        </div>
      }
    >
      <Field
        label={KEY_LABELS.name}
        id={`key-name-${user.user_id}`}
        name="name"
        hint={m.users.suchAsCrmOrLaptop}
      >
        <input
          maxLength={100}
          autocomplete="off"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </Field>
    </Form>
  );
}

const USER_LABELS = { name: m.common.name };

function NewUser({ onMade }: { onMade: () => void }) {
  const [name, setName] = useState('');
  const { busy, error, run } = useAction();
  const make = (): void =>
    run(async () => {
      await call('POST', PATH, { name });
      setName('');
      onMade();
    });
  return (
    <section aria-labelledby="new-user">
      <h2 id="new-user">{m.users.newUser}</h2>
      <Form
        error={error}
        labels={USER_LABELS}
        onSubmit={make}
        end={
          <div class="actions">
            <button type="submit" disabled={busy}>
              {m.users.makeTheUser}
            </button>
          </div>
        }
      >
        <Field label={USER_LABELS.name} id="user-name" name="name" hint={m.users.ofAPersonATeam}>
          <input
            required
            maxLength={200}
            autocomplete="off"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </Field>
      </Form>
    </section>
  );
}
