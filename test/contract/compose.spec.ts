import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { settingsOf } from '../../src/config/parse-sections.js';
import { COMPOSE_VARIABLES, SECTIONS } from '../../src/parse-settings.js';

const file = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
const known = [...settingsOf(SECTIONS).map(({ name }) => name), ...Object.keys(COMPOSE_VARIABLES)];
const used = [...file.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name);

describe('docker-compose.yml', () => {
  it('asks for variables that .env.example lists, and for all that are its own', () => {
    expect(known).toEqual(expect.arrayContaining(used));
    expect(used).toEqual(expect.arrayContaining(Object.keys(COMPOSE_VARIABLES)));
  });

  it.each(['API_KEY', 'POSTGRES_PASSWORD'])('does not start without %s', (name) => {
    const uses = file.match(new RegExp(`\\$\\{${name}[^}]*\\}`, 'g')) ?? [];
    expect(uses).not.toEqual([]);
    for (const use of uses) expect(use).toMatch(/^\$\{[A-Z_]+:\?.+\}$/);
  });

  it('lets the service drain before it is killed', () => {
    const [, seconds] = /stop_grace_period: (\d+)s/.exec(file) ?? [];
    // What DRAIN_TIMEOUT_SECONDS is where nothing is set and no other instance takes the calls.
    expect(Number(seconds)).toBeGreaterThan(300);
  });

  it('pins every image', () => {
    const images = [...file.matchAll(/^ {4}image: (\S+)$/gm)].map(([, image = '']) => image);
    expect(images).toHaveLength(3);
    for (const image of images) expect(image).toMatch(/:\d+\.\d+/);
  });
});
