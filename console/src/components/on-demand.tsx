import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { m } from '../messages/first.js';
import { PageHeading } from './heading.js';
import { Looking } from './looking.js';
import { Notice } from './notice.js';

/** How long after the first page the others are loaded, so that they open at once, also in an outage. */
const AHEAD_MS = 2_000;

const loaders: Array<() => Promise<unknown>> = [];

let messages: Promise<unknown> | null = null;

/**
 * Loads the messages of the pages before any of their scripts. They wait for their catalogue, and Safari fails
 * where several scripts begin to wait for the same one at a time (bugs.webkit.org, 242740).
 */
async function ensureMessages(): Promise<void> {
  messages ??= import('../messages/all.js');
  try {
    await messages;
  } catch (error) {
    messages = null;
    throw error;
  }
}

/**
 * A page whose script is loaded when it is first shown, or a moment after the
 * first page. From then on it is drawn at once.
 */
export function onDemand<P extends object>(
  load: () => Promise<ComponentType<P>>,
): ComponentType<P> {
  let Page: ComponentType<P> | null = null;
  const ensure = async (): Promise<void> => {
    await ensureMessages();
    Page ??= await load();
  };
  loaders.push(ensure);
  return function OnDemand(props: P) {
    const [, drawAgain] = useState({});
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (Page) return;
      ensure()
        .then(() => drawAgain({}))
        .catch(() => setFailed(true));
    }, []);
    if (Page) return <Page {...props} />;
    return failed ? <NotLoaded /> : <Looking />;
  };
}

/** Loads the other pages while nothing else is to be done. Each that fails is loaded when it is shown. */
export function loadAhead(): () => void {
  const timer = setTimeout(() => {
    for (const load of loaders) load().catch(() => undefined);
  }, AHEAD_MS);
  return () => clearTimeout(timer);
}

/** The service does not answer, or has been replaced by another release, whose scripts have other names. */
function NotLoaded() {
  return (
    <>
      <PageHeading>{m.shell.thisPageCouldNotBe}</PageHeading>
      <Notice tone="bad">
        <p>{m.shell.theServiceDoesNotAnswerOrANewer}</p>
        <p>
          <button type="button" onClick={() => window.location.reload()}>
            {m.shell.loadItAgain}
          </button>
        </p>
      </Notice>
    </>
  );
}
