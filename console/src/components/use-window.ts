import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows beyond the edges of the window that exist nevertheless. */
const SPARE = 12;

/**
 * Which rows of a long list are visible; all rows have the same height.
 * @returns `box`: for the element that is as high as all rows together; `first` and `end`: the
 *   rows to draw
 */
export function useWindow(
  count: number,
  rowPx: number,
): { box: RefObject<HTMLDivElement | null>; first: number; end: number } {
  const box = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ first: 0, end: 40 });
  useLayoutEffect(() => {
    const look = (): void => {
      if (!box.current) return;
      const above = -box.current.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor(above / rowPx) - SPARE);
      const end = Math.ceil((above + window.innerHeight) / rowPx) + SPARE;
      setRange((before) =>
        before.first === first && before.end === end ? before : { first, end },
      );
    };
    look();
    window.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    return () => {
      window.removeEventListener('scroll', look);
      window.removeEventListener('resize', look);
    };
  }, [rowPx, count]);
  return { box, first: Math.min(range.first, count), end: Math.min(range.end, count) };
}
