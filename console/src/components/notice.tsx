import type { ComponentChildren } from 'preact';
import { messageOf } from '../api/http.js';
import { fieldErrorsOf } from '../words/field-errors.js';

interface NoticeProps {
  tone: 'good' | 'bad' | 'neutral';
  children: ComponentChildren;
}

const SHAPES = { good: '✓', bad: '!', neutral: 'i' };

/** A message. Errors are announced at once. */
export function Notice({ tone, children }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <span class="shape" aria-hidden="true">
        {SHAPES[tone]}
      </span>
      <div>{children}</div>
    </div>
  );
}

/** Shows nothing while there is no error. */
export function ErrorNotice({ error }: { error: unknown }) {
  if (!error) return null;
  const fields = fieldErrorsOf(error);
  return (
    <Notice tone="bad">
      {fields.length > 1 ? (
        <ul>
          {fields.map(({ field, message }) => (
            <li key={field + message}>
              <code>{field}</code>: {message}
            </li>
          ))}
        </ul>
      ) : (
        messageOf(error)
      )}
    </Notice>
  );
}
