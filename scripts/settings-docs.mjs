// Writes the files that are generated from the declarations of the settings:
// `.env.example` and `docs/settings.md`; and `docs/carriers.md`, from the capabilities of the carriers. Specs compare them.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { buildIfStale } from './build.mjs';

buildIfStale();
const { renderEnvExample } = await import('../dist/src/config/env-example.js');
const { renderSettingsPage } = await import('../dist/src/config/settings-page.js');
const { renderCarriersPage } = await import('../dist/src/providers/carriers-page.js');
const { everyKind } = await import('../dist/src/providers/carriers.js');
const { COMPOSE_VARIABLES, SECTIONS } = await import('../dist/src/parse-settings.js');

const write = (path, text) => writeFileSync(new URL(`../${path}`, import.meta.url), text);
write('.env.example', renderEnvExample(SECTIONS, COMPOSE_VARIABLES));
write('docs/settings.md', renderSettingsPage(SECTIONS, COMPOSE_VARIABLES));
write('docs/carriers.md', renderCarriersPage(everyKind()));
