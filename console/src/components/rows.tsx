import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { m } from '../messages/all.js';

interface RowsProps<T> {
  rows: readonly T[];
  max: number;
  /** What the button says that adds a row, and what a new row holds. */
  add: string;
  fresh: T;
  remove: (index: number) => string;
  onChange: (rows: T[]) => void;
  draw: (row: T, index: number, change: (row: T) => void) => ComponentChildren;
}

/** A list in a form. The focus goes to the row that was added, and stays in the list where one is removed. */
export function Rows<T>({ rows, max, add, fresh, remove, onChange, draw }: RowsProps<T>) {
  const list = useRef<HTMLOListElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  /** The row that gets the focus when it is drawn; null: none. */
  const focused = useRef<number | null>(null);
  // Before anything is typed.
  useLayoutEffect(() => {
    if (focused.current === null) return;
    const items = list.current?.children ?? [];
    const item = items[Math.min(focused.current, items.length - 1)];
    const control = item?.querySelector<HTMLElement>('input, select, textarea');
    (control ?? button.current)?.focus();
    focused.current = null;
  }, [rows.length]);
  const change = (next: T[], focus: number): void => {
    focused.current = focus;
    onChange(next);
  };
  return (
    <>
      <ol ref={list} class="rows" hidden={rows.length === 0}>
        {rows.map((row, index) => (
          <li key={index}>
            {draw(row, index, (next) => onChange(rows.with(index, next)))}
            <button
              type="button"
              class="plain"
              aria-label={remove(index)}
              onClick={() => change(rows.toSpliced(index, 1), index)}
            >
              {m.options.remove}
            </button>
          </li>
        ))}
      </ol>
      <div class="actions">
        <button
          ref={button}
          type="button"
          class="plain"
          disabled={rows.length >= max}
          onClick={() => change([...rows, fresh], rows.length)}
        >
          {add}
        </button>
      </div>
    </>
  );
}
