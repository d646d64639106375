import { useFeedState } from '../hooks.js';

const WORDS = {
  connecting: { text: 'connecting…', shape: '◌' },
  live: { text: 'live', shape: '●' },
  reconnecting: { text: 'reconnecting…', shape: '◌' },
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
