import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Check } from '../api/types.js';
import { m } from '../messages/all.js';
import { CHECK_WORDS } from '../words/checks.js';
import { millisText } from '../words/time.js';
import { Badge } from './badge.js';

/** One check: its result, what was seen, and what to do about it. */
export function CheckItem({ check, sought }: { check: Check; sought: boolean }) {
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (sought) item.current?.scrollIntoView({ block: 'center' });
  }, [sought]);
  return (
    <li ref={item} data-status={check.status} class={sought ? 'sought' : ''}>
      <Badge words={CHECK_WORDS[check.status]} />
      <div>
        <h3>{check.title}</h3>
        <code class="check-name">{check.name}</code>
        {check.seen ? <p class="seen">{withCode(check.seen)}</p> : null}
        {check.fix ? (
          <p class="fix">
            <strong>{m.doctor.whatToDo}</strong> {withCode(check.fix)}
          </p>
        ) : null}
      </div>
      {typeof check.duration_ms === 'number' ? (
        <span class="faint numbers">{millisText(check.duration_ms)}</span>
      ) : null}
    </li>
  );
}

/** Shows names between backticks as code, as the guide does. */
export function withCode(text: string): ComponentChildren[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part));
}
