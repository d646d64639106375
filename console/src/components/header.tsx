import { useState } from 'preact/hooks';
import { Link, useRouter } from '../router.js';
import { useSession } from '../session.js';
import { Connection } from './connection.js';

const PAGES: ReadonlyArray<{ to: string; text: string; admin?: boolean }> = [
  { to: '', text: 'Live' },
  { to: 'calls', text: 'History' },
  { to: 'workflows', text: 'Workflows' },
  { to: 'numbers', text: 'Numbers', admin: true },
  { to: 'accounts', text: 'Accounts', admin: true },
  { to: 'instances', text: 'Instances', admin: true },
  { to: 'doctor', text: 'Doctor', admin: true },
  { to: 'phone', text: 'Phone' },
];

export function Header({ signedIn }: { signedIn: boolean }) {
  return (
    <header class="top">
      <span class="brand">
        <span class="mark" aria-hidden="true" />
        Patchbay
      </span>
      {signedIn ? <Navigation /> : null}
    </header>
  );
}

function Navigation() {
  const { path } = useRouter();
  const { session, signOut } = useSession();
  const [failed, setFailed] = useState(false);
  const pages = PAGES.filter((page) => !page.admin || session?.administrator);
  return (
    <>
      <nav aria-label="Pages">
        <ul>
          {pages.map(({ to, text }) => (
            <li key={to}>
              <Link to={to} current={path.split('/')[0] === to}>
                {text}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div class="aside">
        <Connection />
        <button
          type="button"
          class="plain"
          onClick={() => void signOut().catch(() => setFailed(true))}
        >
          {failed ? 'Sign out: try again' : 'Sign out'}
        </button>
      </div>
    </>
  );
}
