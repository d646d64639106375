import type { ComponentChildren } from 'preact';

interface PageHeadingProps {
  children: ComponentChildren;
  /** Buttons and links beside it. */
  actions?: ComponentChildren;
}

/** The page's one `h1`; takes the focus when the page changes. */
export function PageHeading({ children, actions }: PageHeadingProps) {
  return (
    <div class="page-heading">
      <h1 tabIndex={-1}>{children}</h1>
      {actions ? <div class="actions">{actions}</div> : null}
    </div>
  );
}
