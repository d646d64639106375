import type { VersionChange } from '../api/types.js';
import { CHANGE_WORDS, fieldWords, valueWords } from '../words/versions.js';

/** What differs between two versions of a workflow, field by field. */
export function Changes({ changes }: { changes: readonly VersionChange[] }) {
  if (changes.length === 0) return <p class="hint">Nothing that is shown differs.</p>;
  return (
    <ul class="changes">
      {changes.map((change) => (
        <li key={change.field}>
          <p>
            <strong>{fieldWords(change.field)}</strong> {CHANGE_WORDS[change.kind]}
            {change.secret ? ', and not shown' : ''}
          </p>
          {change.secret || change.kind === 'added' ? null : (
            <del>
              <span class="hint">Before: </span>
              {valueWords(change.before)}
            </del>
          )}
          {change.secret || change.kind === 'removed' ? null : (
            <ins>
              <span class="hint">After: </span>
              {valueWords(change.after)}
            </ins>
          )}
        </li>
      ))}
    </ul>
  );
}
