import { createContext, type ComponentChildren } from 'preact';
import { useContext, useLayoutEffect, useRef } from 'preact/hooks';
import { fill } from '../messages/fill.js';
import { m } from '../messages/first.js';

/** True while a page is to come whose heading has to take the focus when it is drawn. */
export const HeadingDue = createContext({ current: false });

interface PageHeadingProps {
  children: ComponentChildren;
  /** Buttons and links beside it. */
  actions?: ComponentChildren;
}

/** The page's only `h1`, and the window's title. Takes the focus when the page changes. */
export function PageHeading({ children, actions }: PageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const due = useContext(HeadingDue);
  useLayoutEffect(() => {
    document.title = fill(m.shell.pageTitle, { heading: heading.current?.textContent ?? '' });
  });
  useLayoutEffect(() => {
    if (due.current) heading.current?.focus({ preventScroll: true });
    due.current = false;
  }, []);
  return (
    <div class="page-heading">
      <h1 tabIndex={-1} ref={heading}>
        {children}
      </h1>
      {actions ? <div class="actions">{actions}</div> : null}
    </div>
  );
}
