import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { CONSOLE_PATH } from './base.js';

/** The current place, below the console's own path. */
export interface Place {
  /** The path without a slash at either end; empty: the first page. */
  path: string;
  query: URLSearchParams;
}

interface Router extends Place {
  /** `to` is a path with an optional query, e.g. `calls?status=busy`. */
  go: (to: string, options?: { replace?: boolean }) => void;
}

const Context = createContext<Router | null>(null);

export function useRouter(): Router {
  const router = useContext(Context);
  if (!router) throw new Error('there is no router above');
  return router;
}

function here(): Place {
  const { pathname, search } = window.location;
  const path = pathname.startsWith(CONSOLE_PATH) ? pathname.slice(CONSOLE_PATH.length) : '';
  return { path: path.replace(/\/+$/, ''), query: new URLSearchParams(search) };
}

export function RouterProvider({ children }: { children: ComponentChildren }) {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const onMove = (): void => setPlace(here());
    window.addEventListener('popstate', onMove);
    return () => window.removeEventListener('popstate', onMove);
  }, []);
  const router = useMemo<Router>(
    () => ({
      ...place,
      go: (to, options = {}) => {
        const url = `${CONSOLE_PATH}${to}`;
        if (options.replace) window.history.replaceState(null, '', url);
        else window.history.pushState(null, '', url);
        setPlace(here());
      },
    }),
    [place],
  );
  return <Context.Provider value={router}>{children}</Context.Provider>;
}

interface LinkProps {
  to: string;
  children: ComponentChildren;
  class?: string;
  /** Marks the link to the page that is shown. */
  current?: boolean;
  label?: string;
}

/** A real link, so that it can be opened in a new tab; a plain click stays in this page. */
export function Link({ to, children, class: className, current, label }: LinkProps) {
  const { go } = useRouter();
  return (
    <a
      href={`${CONSOLE_PATH}${to}`}
      class={className}
      aria-current={current ? 'page' : undefined}
      aria-label={label}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
