// Copies the files that `/docs` serves in addition to its two routes into
// `dist/docs`: the viewer and the description of the streams.
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'dist', 'docs');
const viewer = join(root, 'node_modules', 'swagger-ui-dist');

mkdirSync(target, { recursive: true });
for (const file of [
  join(viewer, 'swagger-ui.css'),
  join(viewer, 'swagger-ui-bundle.js'),
  join(root, 'console', 'api-docs', 'start.js'),
  join(root, 'docs', 'asyncapi.yaml'),
]) {
  copyFileSync(file, join(target, basename(file)));
}
