import { m } from '../messages/first.js';
import type { Figure } from '../words/quality.js';

/** Figures of a line, each with how good it is and by which bounds. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(({ name, value, hint, grade }) => (
        <div key={name} title={hint}>
          <dt>{name}</dt>
          <dd>
            {value}
            {grade ? (
              <span class={`grade ${grade.grade}`}>
                <span aria-hidden="true">{grade.shape} </span>
                {m.grades[grade.grade]}
              </span>
            ) : null}
          </dd>
          {grade ? <dd class="bounds">{grade.bounds}</dd> : null}
        </div>
      ))}
    </dl>
  );
}
