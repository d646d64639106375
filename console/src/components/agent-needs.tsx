import type { ComponentChildren } from 'preact';
import type { Agent } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { openNeeds } from '../words/agents.js';
import { withCode } from './check-item.js';
import { rich } from './rich.js';

interface AgentNeedsProps {
  agent: Agent;
  /** What follows the steps of what is needed, as further steps. */
  children?: ComponentChildren;
}

/** What an agent lacks, and the steps to get there. Nothing where it lacks nothing. */
export function AgentNeeds({ agent, children }: AgentNeedsProps) {
  return (
    <>
      {openNeeds(agent).map(({ setting, required, purpose, steps }) => {
        const list = (
          <ol class="numbered">
            {steps.map((step) => (
              <li key={step}>{linked(step)}</li>
            ))}
            {required ? children : null}
          </ol>
        );
        return required ? (
          <div
            key={setting}
            class="need"
            role="note"
            aria-label={fill(m.agents.needs, { setting })}
          >
            <p>
              <span aria-hidden="true">▲</span>{' '}
              <strong>
                {rich(m.agents.itNeedsWhichIsNot, { values: { setting: <code>{setting}</code> } })}
              </strong>{' '}
              {purpose}
            </p>
            {list}
          </div>
        ) : (
          <details key={setting}>
            <summary>
              {rich(m.agents.isNotSet, { values: { setting: <code>{setting}</code> } })}
            </summary>
            <p class="hint">{purpose}</p>
            {list}
          </details>
        );
      })}
    </>
  );
}

/** Text with code, and with addresses that can be followed. */
function linked(text: string): ComponentChildren[] {
  return text.split(/(https:\/\/[^\s`]*[^\s`.,])/).map((part, index) =>
    index % 2 === 1 ? (
      <a href={part} target="_blank" rel="noreferrer">
        {part}
      </a>
    ) : (
      withCode(part)
    ),
  );
}
