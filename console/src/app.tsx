import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { messageOf } from './api/http.js';
import { Header } from './components/header.js';
import { HeadingDue } from './components/heading.js';
import { HealthLine } from './components/health-line.js';
import { Notice } from './components/notice.js';
import { loadAhead } from './components/on-demand.js';
import { OnThePhone } from './components/on-the-phone.js';
import { SimulatedBar } from './components/simulated.js';
import { m } from './messages/first.js';
import { pageFor } from './pages/page-for.js';
import { SignInPage } from './pages/sign-in.js';
import { PhoneProvider } from './phone/phone-context.js';
import { RouterProvider, useRouter } from './router.js';
import { SessionProvider, useSession } from './session.js';

export function App() {
  return (
    <RouterProvider>
      <SessionProvider>
        <Shell />
      </SessionProvider>
    </RouterProvider>
  );
}

function Shell() {
  const { path } = useRouter();
  const { session, expected, error } = useSession();
  const signedIn = (Boolean(session) || (expected && !error)) && path !== 'sign-in';
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {m.shell.skipToTheContent}
      </a>
      <Header signedIn={signedIn} />
      <SimulatedBar />
      {signedIn ? <HealthLine /> : null}
      <main id="main" tabIndex={-1}>
        {error ? <Notice tone="bad">{messageOf(error)}</Notice> : null}
        {signedIn ? (
          <PhoneProvider>
            <OnThePhone />
            <CurrentPage />
          </PhoneProvider>
        ) : session === undefined ? null : (
          <SignInPage />
        )}
      </main>
    </>
  );
}

/** Replaces the address without an entry in the history, because going back would redirect once more. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
}

/** Shows the page of the address. A new page is announced by its heading, which takes the focus. */
function CurrentPage() {
  const { path } = useRouter();
  const shown = useRef<string | null>(null);
  const due = useRef(false);
  // The focus moves in the same step as the page changes, so that no key pressed meanwhile is lost.
  useLayoutEffect(() => {
    const heading = document.querySelector<HTMLElement>('main h1');
    if (shown.current !== null && shown.current !== path) {
      window.scrollTo(0, 0);
      heading?.focus({ preventScroll: true });
      // The script of the page may still be on its way.
      due.current = heading === null;
    }
    shown.current = path;
  }, [path]);
  useEffect(loadAhead, []);
  return (
    <HeadingDue.Provider value={due}>
      <div key={path}>{pageFor(path)}</div>
    </HeadingDue.Provider>
  );
}
