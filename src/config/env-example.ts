import { COMPOSE_VARIABLES, SECTIONS, VARIABLES } from './variables.js';
import type { Variable } from './variables.js';

const WIDTH = 96;

/**
 * The text of `.env.example`: every variable once, under its section, with what
 * it means and may hold. A copy of it changes nothing: variables with a default
 * or an example are commented out, the others are empty, which counts as absent.
 */
export function renderEnvExample(): string {
  const sections = SECTIONS.map((section) => {
    const variables = Object.entries<Variable<unknown>>(VARIABLES).filter(
      ([, variable]) => variable.section === section,
    );
    return [heading(section), ...variables.map(renderVariable)].join('\n\n');
  });
  const compose = Object.entries(COMPOSE_VARIABLES).map(
    ([name, description]) => `${comment(description)}\n${name}=`,
  );
  return `${[
    comment(
      'Settings of Patchbay. Copy this file to .env; variables of the environment win over the file. An empty value counts as absent, and with none of them set the service runs on SQLite and a simulated carrier.',
    ),
    ...sections,
    [heading('Docker Compose'), ...compose].join('\n\n'),
  ].join('\n\n')}\n`;
}

function renderVariable([name, variable]: [string, Variable<unknown>]): string {
  const { kind, description, example } = variable;
  const value = example ?? plain(variable.default);
  const text = [comment(description), comment(`Must be ${kind.expected}.`)].join('\n');
  return `${text}\n${value === '' ? '' : '#'}${name}=${value}`;
}

function plain(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const heading = (text: string): string => `# --- ${text} ${'-'.repeat(WIDTH - 7 - text.length)}`;

/** Wraps a text into comment lines of at most {@link WIDTH} characters. */
function comment(text: string): string {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line !== '#' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}
