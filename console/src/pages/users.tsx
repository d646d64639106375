import { useState } from 'preact/hooks';
import { call } from '../api/http.js';
import type { ApiKey, IssuedKey, User } from '../api/system-types.js';
import { ConfirmDialog } from '../components/dialog.js';
import { Field } from '../components/field.js';
import { Form } from '../components/form.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { ShownOnce } from '../components/shown-once.js';
import { SystemPage } from '../components/system-nav.js';
import { useAction, useList } from '../hooks.js';
import { shortTime } from '../words/time.js';

const PATH = 'api/v1/users';
const ADMINISTRATOR = 1;

export function UsersPage() {
  return (
    <SystemPage heading="Users" refusal="Only user 1 may manage users and keys.">
      <Users />
    </SystemPage>
  );
}

function Users() {
  const { data, error, reload } = useList<User>(PATH);
  return (
    <>
      <p class="intro">
        Who may use the API and the console. A user sees their own workflows and calls and nobody
        else’s. A key signs in, and gives a program access.
      </p>
      <ErrorNotice error={error} />
      {data || error ? null : <Looking />}
      <div class="wide-and-form">
        <ul class="cards" aria-label="Users" hidden={!data?.data.length}>
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
        {user.name} <span class="faint">user {user.user_id}</span>
      </h2>
      <p>
        Made <time dateTime={user.created_at}>{shortTime(user.created_at)}</time>
        {user.user_id === ADMINISTRATOR ? ' · administers the others' : ''}
      </p>
      <ErrorNotice error={error} />
      {user.keys.length === 0 ? <p>No key, so nothing can be done in this user’s name.</p> : null}
      <ul class="keys" aria-label={`Keys of ${user.name}`} hidden={user.keys.length === 0}>
        {user.keys.map((key) => (
          <li key={key.key_id}>
            <span>{key.name}</span>
            <span class="faint">
              issued <time dateTime={key.created_at}>{shortTime(key.created_at)}</time>
            </span>
            <button
              type="button"
              class="plain danger-text"
              aria-label={`Revoke key ${key.name} of ${user.name}`}
              onClick={() => setRevoking(key)}
            >
              Revoke…
            </button>
          </li>
        ))}
      </ul>
      {issued ? (
        <ShownOnce value={issued.key}>{`This is the key “${issued.name}”.`}</ShownOnce>
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
          title={`Revoke the key “${revoking.name}”?`}
          confirm="Revoke"
          busy={busy}
          onConfirm={() => revoke(revoking)}
          onCancel={() => setRevoking(null)}
        >
          <p>
            Programs that use it are refused at once. Whoever is signed in with it is signed out,
            you too if it is yours.
          </p>
        </ConfirmDialog>
      ) : null}
    </li>
  );
}

const KEY_LABELS = { name: 'What the key is for' };

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
          aria-label={`Issue a key for ${user.name}`}
          onClick={() => setOpen(true)}
        >
          Issue a key
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
            Issue it
          </button>
          <button type="button" class="plain" onClick={() => setOpen(false)}>
            Cancel
          </button>
        </div>
      }
    >
      <Field
        label={KEY_LABELS.name}
        id={`key-name-${user.user_id}`}
        name="name"
        hint="Such as crm or laptop; left empty: key."
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

const USER_LABELS = { name: 'Name' };

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
      <h2 id="new-user">New user</h2>
      <Form
        error={error}
        labels={USER_LABELS}
        onSubmit={make}
        end={
          <div class="actions">
            <button type="submit" disabled={busy}>
              Make the user
            </button>
          </div>
        }
      >
        <Field
          label={USER_LABELS.name}
          id="user-name"
          name="name"
          hint="Of a person, a team or a customer. The user gets a key afterwards."
        >
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
