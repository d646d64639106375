import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface PageHeadingProps {
  children: ComponentChildren;
  /** Buttons and links beside it. */
  actions?: ComponentChildren;
}

/** The page's only `h1`, and the window's title. Takes the focus when the page changes. */
export function PageHeading({ children, actions }: PageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    document.title = `${heading.current?.textContent ?? ''} · Patchbay`;
  });
  return (
    <div class="page-heading">
      <h1 tabIndex={-1} ref={heading}>
        {children}
      </h1>
      {actions ? <div class="actions">{actions}</div> : null}
    </div>
  );
}
