import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { callFeed } from './api/call-feed.js';
import { ApiProblem, call, whenSignedOut } from './api/http.js';
import { queries } from './api/queries.js';
import type { Session } from './api/types.js';
import { useQuery } from './hooks.js';

/** Whether this browser was signed in at its last visit. This is neither a secret nor a proof. */
const HINT = 'patchbay.signed-in';
const PATH = 'console/api/session';

/** The reply about who is signed in; null: nobody. */
interface Who {
  session: Session | null;
}

type SignIn = { key: string } | { ticket: string };

interface SessionState {
  /** Undefined until it is known; null: nobody is signed in. */
  session: Session | null | undefined;
  /** True if somebody is probably signed in, so that pages need not wait for certainty. */
  expected: boolean;
  /** True if the session was valid until a moment ago, or at this browser's last visit, and nobody signed out. */
  over: boolean;
  /** Why it is not known, e.g. because the service does not answer. */
  error: unknown;
  signIn: (by: SignIn) => Promise<void>;
  signOut: () => Promise<void>;
}

const Context = createContext<SessionState | null>(null);

export function useSession(): SessionState {
  const state = useContext(Context);
  if (!state) throw new Error('there is no session above');
  return state;
}

export function SessionProvider({ children }: { children: ComponentChildren }) {
  const { data, error } = useQuery<Who>({ queryKey: [PATH], queryFn: askWho });
  const session = data?.session;
  const [expected] = useState(() => localStorage.getItem(HINT) !== null);
  const [over, setOver] = useState(false);
  useEffect(() => {
    if (session) localStorage.setItem(HINT, '1');
    if (session === null) localStorage.removeItem(HINT);
  }, [session]);
  useEffect(() => {
    whenSignedOut(() => {
      // The hint is removed with the session, so that a wrong key does not look like an ended session.
      if (localStorage.getItem(HINT) !== null) setOver(true);
      setSession(null);
    });
  }, []);
  const userId = session?.user_id;
  useEffect(() => {
    if (userId === undefined) return undefined;
    callFeed.start();
    return () => callFeed.stop();
  }, [userId]);
  const state = useMemo<SessionState>(
    () => ({
      session,
      expected: expected && session === undefined,
      over,
      error,
      signIn: async (by) => {
        setSession(await call<Session>('POST', PATH, by));
        setOver(false);
      },
      signOut: async () => {
        await call('DELETE', PATH);
        setSession(null);
      },
    }),
    [session, over, error],
  );
  return <Context.Provider value={state}>{children}</Context.Provider>;
}

async function askWho({ signal }: { signal: AbortSignal }): Promise<Who> {
  try {
    return { session: await call<Session>('GET', PATH, undefined, signal) };
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return { session: null };
    throw error;
  }
}

/** Also drops everything that was read when the session ends, so that the next user does not see it. */
function setSession(session: Session | null): void {
  queries.setQueryData<Who>([PATH], { session });
  if (session === null)
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== PATH });
}
