import { useEffect, useState } from 'preact/hooks';

/** The shortest time between two announcements. */
const EVERY_MS = 5_000;

/** For screen readers only: announces the latest text when there is a pause, and not at every change. */
export function Polite({ children }: { children: string }) {
  const [told, setTold] = useState(children);
  useEffect(() => {
    const timer = setTimeout(() => setTold(children), EVERY_MS);
    return () => clearTimeout(timer);
  }, [children]);
  return (
    <p class="sr" role="status">
      {told}
    </p>
  );
}
