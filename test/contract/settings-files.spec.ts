import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { renderEnvExample } from '../../src/config/env-example.js';
import { settingsOf } from '../../src/config/parse-sections.js';
import { shownValue } from '../../src/config/setting.js';
import { renderSettingsPage } from '../../src/config/settings-page.js';
import { COMPOSE_VARIABLES, parseSettings, SECTIONS } from '../../src/parse-settings.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const settings = settingsOf(SECTIONS);
const names = [...settings.map(({ name }) => name), ...Object.keys(COMPOSE_VARIABLES)];

describe('.env.example', () => {
  const file = read('.env.example');
  const assignments = [...file.matchAll(/^(#?)([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
    ([, hash, name = '', value = '']) => ({ active: hash === '', name, value }),
  );

  it('is what the declarations say', () => {
    expect(file).toBe(renderEnvExample(SECTIONS, COMPOSE_VARIABLES));
  });

  it('holds every variable exactly once', () => {
    expect(assignments.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  it('sets nothing when it is copied as it is', () => {
    expect(assignments.filter(({ active, value }) => active && value !== '')).toEqual([]);
    const copied = Object.fromEntries(
      assignments.filter(({ active }) => active).map(({ name, value }) => [name, value]),
    );
    expect(parseSettings(copied)).toEqual(parseSettings({}));
  });

  it('shows values that would be accepted, and every default as it is', () => {
    for (const { name, value } of assignments) {
      const setting = settings.find((one) => one.name === name);
      if (!setting || value === '') continue;
      const hasDefault = shownValue(setting.default) !== '';
      expect(setting.kind.parse(value)).toEqual({
        ok: true,
        value: hasDefault ? setting.default : expect.anything(),
      });
    }
  });
});

describe('docs/settings.md', () => {
  const file = read('docs/settings.md');

  it('is what the declarations say', () => {
    expect(file).toBe(renderSettingsPage(SECTIONS, COMPOSE_VARIABLES));
  });

  it('has a row for every variable exactly once', () => {
    const rows = [...file.matchAll(/^\| `([A-Z][A-Z0-9_]*)`/gm)].map(([, name]) => name);
    expect(rows).toEqual(names);
  });

  it('says of what may hold a credential that it is secret', () => {
    const secret = [...file.matchAll(/^\| `([A-Z][A-Z0-9_]*)`.*\| yes +\|$/gm)].map(
      ([, name]) => name,
    );
    const telling = /(_KEY|_TOKEN|_SECRET|_PASSWORD)(_[A-Z]+)?$/;
    const named = settings.map(({ name }) => name).filter((name) => telling.test(name));
    const credentials = named.filter((name) => !/_(SID|TTL)$|_PUBLIC_KEY$/.test(name));
    expect(credentials.length).toBeGreaterThan(4);
    const others = ['DATABASE_URL', 'OTEL_EXPORTER_OTLP_HEADERS'];
    expect(secret).toEqual(expect.arrayContaining([...credentials, ...others]));
  });
});
