import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { m } from '../messages/all.js';

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** The label of the button that confirms. */
  confirm: string;
  busy: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Asks for confirmation of something that cannot be undone. Escape means no. */
export function ConfirmDialog({
  title,
  children,
  confirm,
  busy,
  onConfirm,
  onCancel,
}: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    // The dialog is closed rather than just removed, so that the focus returns to where it was.
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={element} aria-labelledby={heading} onClose={onCancel}>
      <h2 id={heading}>{title}</h2>
      <div>{children}</div>
      <div class="actions">
        <button type="button" class="plain" onClick={() => element.current?.close()}>
          {m.common.cancel}
        </button>
        <button type="button" class="danger" disabled={busy} onClick={onConfirm}>
          {confirm}
        </button>
      </div>
    </dialog>
  );
}
