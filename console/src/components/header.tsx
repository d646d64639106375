import { useState } from 'preact/hooks';
import { Link, useRouter } from '../router.js';
import { useSession } from '../session.js';
import { Connection } from './connection.js';

interface PageLink {
  to: string;
  text: string;
  admin?: boolean;
  /** Other addresses that belong to it. */
  also?: readonly string[];
}

const PAGES: readonly PageLink[] = [
  { to: '', text: 'Live' },
  { to: 'calls', text: 'History' },
  { to: 'workflows', text: 'Workflows', also: ['agents', 'sounds'] },
  { to: 'numbers', text: 'Numbers', admin: true },
  { to: 'webhooks', text: 'Webhooks' },
  { to: 'accounts', text: 'Accounts', admin: true },
  { to: 'instances', text: 'System', admin: true, also: ['alerts', 'users', 'audit', 'settings'] },
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
  const [root = ''] = path.split('/');
  return (
    <>
      <nav aria-label="Pages">
        <ul>
          {pages.map(({ to, text, also }) => (
            <li key={to}>
              <Link to={to} current={root === to || also?.includes(root)}>
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
