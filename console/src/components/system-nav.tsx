import type { ComponentChildren } from 'preact';
import { m } from '../messages/all.js';
import { Link, useRouter } from '../router.js';
import { useSession } from '../session.js';
import { PageHeading } from './heading.js';

const PAGES = [
  { to: 'instances', text: m.system.instances },
  { to: 'alerts', text: m.system.alerts },
  { to: 'users', text: m.system.users },
  { to: 'audit', text: m.system.auditLog },
  { to: 'settings', text: m.system.settings },
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
      <nav aria-label={m.system.system} class="tabs">
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
