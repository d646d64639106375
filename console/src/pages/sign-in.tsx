import { useEffect, useState } from 'preact/hooks';
import { ApiProblem } from '../api/http.js';
import { ErrorNotice, Notice } from '../components/notice.js';
import { Field } from '../components/field.js';
import { Form } from '../components/form.js';
import { rich } from '../components/rich.js';
import { useAction } from '../hooks.js';
import { m } from '../messages/first.js';
import { useRouter } from '../router.js';
import { useSession } from '../session.js';
import { FieldErrors } from '../words/field-errors.js';

const LABELS = { key: m.signIn.apiKey };

/** Signs in by key, or by the link that a start prints. Leads to the page that was asked for. */
export function SignInPage() {
  const { path, query, go } = useRouter();
  // The ticket is kept here and removed from the address, so that it is not copied with the address.
  const [ticket, setTicket] = useState(() => (path === 'sign-in' ? query.get('ticket') : null));
  const { signIn, over } = useSession();
  const { busy, error, run } = useAction();
  const [key, setKey] = useState('');
  useEffect(() => {
    document.title = m.signIn.signInPatchbay;
    if (path === 'sign-in' && query.has('ticket')) go('sign-in', { replace: true });
  }, [path]);
  const enter = (by: { key: string } | { ticket: string }): void =>
    run(async () => {
      try {
        await signIn(by);
      } catch (problem) {
        if ('key' in by) throw atTheKey(problem);
        // In both cases the ticket is used up or too old.
        setTicket(null);
        throw problem;
      }
      if (path === 'sign-in') go('', { replace: true });
    });
  return (
    <div class="sign-in">
      <h1 tabIndex={-1}>{m.signIn.signIn}</h1>
      {over && !error ? <Notice tone="neutral">{m.signIn.yourSessionIsOverSign}</Notice> : null}
      {ticket === null ? (
        <Form
          error={error}
          labels={LABELS}
          onSubmit={() => enter({ key: key.trim() })}
          end={
            <button type="submit" disabled={busy}>
              {m.signIn.signIn}
            </button>
          }
        >
          <Field
            label={LABELS.key}
            id="key"
            name="key"
            hint={
              <>
                {rich(m.signIn.theOneInApiKey, { marks: { code: (text) => <code>{text}</code> } })}
              </>
            }
          >
            <input
              type="password"
              autocomplete="current-password"
              required
              maxLength={512}
              value={key}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          </Field>
        </Form>
      ) : (
        <>
          <ErrorNotice error={error} />
          <p>{m.signIn.thisLinkSignsYouIn}</p>
          <button type="button" disabled={busy} onClick={() => enter({ ticket })}>
            {m.signIn.signInWithThisLink}
          </button>
        </>
      )}
    </div>
  );
}

/** A key that was refused is wrong at its field. */
function atTheKey(problem: unknown): unknown {
  if (!(problem instanceof ApiProblem) || problem.status !== 401) return problem;
  return new FieldErrors([{ field: 'key', message: m.signIn.isNotTheKeyOf }]);
}
