import { m } from '../messages/first.js';

/** Shown while the first answer is on its way, but only if that takes a while, so that nothing flickers. */
export function Looking() {
  return (
    <p class="empty looking" role="status">
      {m.shell.looking}
    </p>
  );
}
