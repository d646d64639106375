import { useFeedState } from '../hooks.js';
import { m } from '../messages/first.js';

const WORDS = {
  connecting: { text: m.shell.connecting, shape: '◌' },
  live: { text: m.shell.live, shape: '●' },
  reconnecting: { text: m.shell.reconnecting, shape: '◌' },
};

/** Shows whether the page updates by itself at this moment. */
export function Connection() {
  const state = useFeedState();
  return (
    <span class={`connection ${state}`} role="status">
      <span class="shape" aria-hidden="true">
        {WORDS[state].shape}
      </span>
      {WORDS[state].text}
    </span>
  );
}
