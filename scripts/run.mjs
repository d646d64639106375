// Runs a compiled program of ours in this process, so that signals and the exit
// code are its own: node scripts/run.mjs src/main.js [arguments]
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildIfStale } from './build.mjs';

buildIfStale();
const [program, ...rest] = process.argv.slice(2);
const path = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', program);
process.argv = [process.argv[0], path, ...rest];
await import(pathToFileURL(path).href);
