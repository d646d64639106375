import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Never looked into: what is installed does not change while one writes, and is large. */
const NOT_WATCHED = new Set(['node_modules', '.git']);

/**
 * Calls `onChange` whenever something in the folder or below it may have changed. Watches directory by directory:
 * Node's own recursive way looks into `node_modules` too, and is not the same on every system.
 */
export function watchFolder(folder, onChange) {
  const watchers = new Map();
  const follow = () => {
    const present = new Set(directoriesIn(folder));
    for (const [directory, watcher] of watchers) {
      if (present.has(directory)) continue;
      watcher.close();
      watchers.delete(directory);
    }
    for (const directory of present) {
      if (watchers.has(directory)) continue;
      try {
        const watcher = watch(directory, () => {
          follow();
          onChange();
        });
        // One that is removed tells so in its parent, too.
        watcher.on('error', () => undefined);
        watchers.set(directory, watcher);
      } catch {
        // It is gone again; its parent tells of what comes in its place.
      }
    }
  };
  follow();
}

function directoriesIn(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  const below = entries
    .filter((entry) => entry.isDirectory() && !NOT_WATCHED.has(entry.name))
    .flatMap((entry) => directoriesIn(join(folder, entry.name)));
  return [folder, ...below];
}
