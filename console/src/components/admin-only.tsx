import type { ComponentChildren } from 'preact';
import { useSession } from '../session.js';
import { PageHeading } from './heading.js';

interface AdminOnlyProps {
  heading: string;
  /** What anybody else reads in place of the page. */
  instead: string;
  children: ComponentChildren;
}

/** A page for user 1 alone. */
export function AdminOnly({ heading, instead, children }: AdminOnlyProps) {
  const { session } = useSession();
  if (session?.administrator !== false) return <>{children}</>;
  return (
    <>
      <PageHeading>{heading}</PageHeading>
      <p class="empty">{instead}</p>
    </>
  );
}
