import { byTitle, type Sections } from './parse-sections.js';
import { markdownTable } from '../shared/markdown-table.js';
import { shownValue, type Setting } from './setting.js';

const COLUMNS = ['Variable', 'Meaning', 'Must be', 'Absent', 'Secret'];

/**
 * The text of `docs/settings.md`: a table for each section, as Prettier would
 * lay it out.
 *
 * @param compose variables that only `docker-compose.yml` reads, and what they are for
 */
export function renderSettingsPage(
  sections: Sections,
  compose: Readonly<Record<string, string>>,
): string {
  const tables = [...byTitle(sections)].map(
    ([title, settings]) => `## ${title}\n\n${markdownTable([COLUMNS, ...settings.map(rowOf)])}`,
  );
  const composeRows = Object.entries(compose).map(([name, text]) => [code(name), prose(text)]);
  return `${[
    '# Settings',
    'This page is generated from the declarations of the settings by `npm run docs:settings`. Every setting is an\nenvironment variable; `.env` in the working directory is read too, and the environment wins over it. An empty value\ncounts as absent.',
    'A value that cannot be used stops the start with one message that names every such variable and what it should be. A\nvariable that looks like one of these and is none is warned of in the log. The values of secrets are never shown.',
    ...tables,
    '## Docker Compose',
    'Read by `docker-compose.yml`, not by the service.',
    markdownTable([COLUMNS.slice(0, 2), ...composeRows]),
  ].join('\n\n')}\n`;
}

function rowOf(setting: Setting<unknown>): string[] {
  const shown = shownValue(setting.default);
  return [
    code(setting.name),
    prose(setting.description),
    prose(setting.kind.expected),
    shown === '' ? prose(setting.absent ?? 'none') : code(shown),
    setting.kind.secret ? 'yes' : '',
  ];
}

const code = (text: string): string => `\`${text}\``;

/** Escapes stars and bars, so that a star starts no emphasis and a bar ends no cell. */
const prose = (text: string): string => text.replace(/[*|]/g, String.raw`\$&`);
