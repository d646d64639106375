import { byTitle, type Sections } from './parse-sections.js';
import { meaningOf, shownValue, type Setting } from './setting.js';

const WIDTH = 96;

/**
 * The text of `.env.example`: every variable once, under its section, with what it
 * means and may hold. A copy of the file changes nothing: variables with a default or
 * an example are commented out, the others are empty, which counts as absent.
 *
 * @param compose variables that only `docker-compose.yml` reads, and what they are for
 */
export function renderEnvExample(
  sections: Sections,
  compose: Readonly<Record<string, string>>,
): string {
  const blocks = [...byTitle(sections)].map(([title, settings]) =>
    [heading(title), ...settings.map(renderSetting)].join('\n\n'),
  );
  const composeBlock = Object.entries(compose).map(
    ([name, description]) => `${comment(description)}\n${name}=`,
  );
  return `${[
    comment(
      'Settings of Patchbay. Copy this file to .env; variables of the environment win over the file. An empty value counts as absent, and with none of them set the service runs on SQLite and a simulated carrier.',
    ),
    ...blocks,
    [heading('Docker Compose'), ...composeBlock].join('\n\n'),
  ].join('\n\n')}\n`;
}

function renderSetting(setting: Setting<unknown>): string {
  const value = setting.example ?? shownValue(setting.default);
  const text = [comment(meaningOf(setting)), comment(`Must be ${setting.kind.expected}.`)];
  return `${text.join('\n')}\n${value === '' ? '' : '#'}${setting.name}=${value}`;
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
