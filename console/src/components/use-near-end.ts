import { useEffect } from 'preact/hooks';

/** How far ahead of the end more is requested, in heights of the window. */
const AHEAD = 2;

/** Calls `more` whenever the reader is near the end of the page, and while the page is too short. */
export function useNearEnd(more: () => void, wanted: boolean, count: number): void {
  useEffect(() => {
    if (!wanted || count === 0) return undefined;
    const look = (): void => {
      const left = document.documentElement.scrollHeight - window.scrollY - window.innerHeight;
      if (left < window.innerHeight * AHEAD) more();
    };
    look();
    window.addEventListener('scroll', look, { passive: true });
    return () => window.removeEventListener('scroll', look);
  }, [more, wanted, count]);
}
