import { useState } from 'preact/hooks';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { Notice } from './notice.js';

interface ShownOnceProps {
  /** A sentence that says what it is and what to do with it. */
  children: string;
  value: string;
}

/** A secret that the service tells once, with a button that copies it. */
export function ShownOnce({ children, value }: ShownOnceProps) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  const copy = (): void => {
    navigator.clipboard
      .writeText(value)
      .then(() => setCopied('yes'))
      .catch(() => setCopied('failed'));
  };
  return (
    <Notice tone="good">
      <p>{fill(m.accounts.itIsShownThisOnce, { what: children })}</p>
      <p class="secret">
        <code>{value}</code>
        {/* Browsers let pages copy on https and on localhost alone. */}
        {'clipboard' in navigator ? (
          <button type="button" class="plain" onClick={copy}>
            {
              {
                no: m.accounts.copy,
                yes: m.accounts.copied,
                failed: m.accounts.markAndCopyItYourself,
              }[copied]
            }
          </button>
        ) : null}
      </p>
    </Notice>
  );
}
