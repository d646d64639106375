import type { JsonSchema, VersionChange } from '../api/types.js';
import { m } from '../messages/all.js';
import { CHANGE_WORDS, fieldWords, valueWords, type FieldWords } from '../words/versions.js';

interface ChangesProps {
  changes: readonly VersionChange[];
  /** Of the options of agents, see `fieldWords`. */
  schemas: readonly JsonSchema[];
}

/** What differs between two versions of a workflow, field by field. */
export function Changes({ changes, schemas }: ChangesProps) {
  if (changes.length === 0) return <p class="hint">{m.versions.nothingThatIsShownDiffers}</p>;
  return (
    <ul class="changes">
      {changes.map((change) => (
        <li key={change.field}>
          <Change change={change} words={fieldWords(change.field, schemas)} />
        </li>
      ))}
    </ul>
  );
}

function Change({ change, words }: { change: VersionChange; words: FieldWords }) {
  const { kind, secret, before, after } = change;
  return (
    <>
      <p>
        <strong>{words.label}</strong> {CHANGE_WORDS[kind]}
        {secret ? `, ${m.versions.andNotShown}` : ''}
      </p>
      {secret || kind === 'added' ? null : (
        <del>
          <span class="hint">{m.versions.before} </span>
          {valueWords(before, words.schema)}
        </del>
      )}
      {secret || kind === 'removed' ? null : (
        <ins>
          <span class="hint">{m.versions.after} </span>
          {valueWords(after, words.schema)}
        </ins>
      )}
    </>
  );
}
