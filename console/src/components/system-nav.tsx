import type { ComponentChildren } from 'preact';
import { Link, useRouter } from '../router.js';
import { useSession } from '../session.js';
import { PageHeading } from './heading.js';

const PAGES = [
  { to: 'instances', text: 'Instances' },
  { to: 'alerts', text: 'Alerts' },
  { to: 'users', text: 'Users' },
  { to: 'audit', text: 'Audit log' },
  { to: 'settings', text: 'Settings' },
] as const;

interface SystemPageProps {
  heading: string;
  /** A sentence for users who may not see it. */
  refusal: string;
  children: ComponentChildren;
}

/** A page about the installation, which only user 1 may see, with links to the others of its kind. */
export function SystemPage({ heading, refusal, children }: SystemPageProps) {
  const { path } = useRouter();
  const { session } = useSession();
  if (session?.administrator === false) {
    return (
      <>
        <PageHeading>{heading}</PageHeading>
        <p class="empty">{refusal}</p>
      </>
    );
  }
  return (
    <>
      <PageHeading>{heading}</PageHeading>
      <nav aria-label="System" class="tabs">
        <ul>
          {PAGES.map(({ to, text }) => (
            <li key={to}>
              <Link to={to} current={path === to}>
                {text}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {children}
    </>
  );
}
