import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../api/http.js';
import { useAction } from '../hooks.js';
import { m } from '../messages/all.js';
import { useRouter } from '../router.js';
import { ConfirmDialog } from './dialog.js';
import { ErrorNotice } from './notice.js';

interface DeleteButtonProps {
  /** What the API deletes. */
  path: string;
  /** The page that is shown afterwards. */
  then: string;
  title: string;
  /** What is said about it before it is done. */
  children: ComponentChildren;
}

/** Deletes what a page shows, once that is confirmed. */
export function DeleteButton({ path, then, title, children }: DeleteButtonProps) {
  const { go } = useRouter();
  const [asking, setAsking] = useState(false);
  const { busy, error, run } = useAction();
  const remove = (): void =>
    run(async () => {
      try {
        await call('DELETE', path);
      } finally {
        setAsking(false);
      }
      go(then);
    });
  return (
    <>
      <ErrorNotice error={error} />
      <button type="button" class="plain danger-text" onClick={() => setAsking(true)}>
        {m.accounts.deleteEllipsis}
      </button>
      {asking ? (
        <ConfirmDialog
          title={title}
          confirm={m.accounts.deleteIt}
          busy={busy}
          onConfirm={remove}
          onCancel={() => setAsking(false)}
        >
          {children}
        </ConfirmDialog>
      ) : null}
    </>
  );
}
