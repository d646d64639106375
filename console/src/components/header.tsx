import { useState } from 'preact/hooks';
import { m } from '../messages/first.js';
import { Link, useRouter } from '../router.js';
import { useSession } from '../session.js';
import { Connection } from './connection.js';
import { LanguageChoice } from './language-choice.js';

interface PageLink {
  to: string;
  text: string;
  admin?: boolean;
  /** Other addresses that belong to it. */
  also?: readonly string[];
}

const PAGES: readonly PageLink[] = [
  { to: '', text: m.shell.livePage },
  { to: 'calls', text: m.shell.history },
  { to: 'workflows', text: m.common.workflows, also: ['agents', 'sounds'] },
  { to: 'numbers', text: m.common.numbers, admin: true },
  { to: 'webhooks', text: m.shell.webhooks },
  { to: 'accounts', text: m.shell.accounts, admin: true },
  {
    to: 'instances',
    text: m.shell.system,
    admin: true,
    also: ['alerts', 'users', 'audit', 'settings'],
  },
  { to: 'doctor', text: m.shell.doctor, admin: true },
  { to: 'phone', text: m.shell.phone },
];

export function Header({ signedIn }: { signedIn: boolean }) {
  return (
    <header class="top">
      <span class="brand">
        <span class="mark" aria-hidden="true" />
        Patchbay
      </span>
      {signedIn ? (
        <Navigation />
      ) : (
        <div class="aside">
          <LanguageChoice />
        </div>
      )}
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
      <nav aria-label={m.shell.pages}>
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
        <LanguageChoice />
        <button
          type="button"
          class="plain"
          onClick={() => void signOut().catch(() => setFailed(true))}
        >
          {failed ? m.shell.signOutTryAgain : m.shell.signOut}
        </button>
      </div>
    </>
  );
}
