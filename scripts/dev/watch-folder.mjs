import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

/**
 * Folders that are never watched: installed packages do not change during
 * development, and they are large.
 */
const NOT_WATCHED = new Set(['node_modules', '.git']);

/**
 * Calls `onChange` whenever something in the folder or below it may have changed. Watches directory
 * by directory: Node's own recursive watch includes `node_modules`, and differs between systems.
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
        // The removal of a directory is also reported by the watch of its parent.
        watcher.on('error', () => undefined);
        watchers.set(directory, watcher);
      } catch {
        // The directory is gone again; the watch of its parent reports its replacement.
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
