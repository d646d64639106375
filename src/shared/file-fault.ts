import { codeOf, StartError } from './start-error.js';

/** What Node's error about a file or directory means for the person who chose it; null for other errors. */
function explainFile(error: unknown): { seen: string; fix: string } | null {
  switch (codeOf(error)) {
    case 'ENOTDIR':
    case 'EEXIST':
      return {
        seen: 'a file stands where a directory should be',
        fix: 'Name a directory, or move that file away.',
      };
    case 'EISDIR':
      return {
        seen: 'a directory stands where a file should be',
        fix: 'Move that directory away.',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        seen: 'this user may not use it',
        fix: 'Give it to the user that runs the service (chown), or name another.',
      };
    case 'EROFS':
      return {
        seen: 'it is on a file system that is mounted read-only',
        fix: 'Mount it for writing, or name another.',
      };
    case 'ENOSPC':
    case 'EDQUOT':
      return { seen: 'the disk is full', fix: 'Make room, or name one on another disk.' };
    case 'ENOENT':
      return { seen: 'it cannot be made or found', fix: 'Name one whose parent is there.' };
    case 'ENAMETOOLONG':
    case 'ELOOP':
      return { seen: 'its path cannot be followed', fix: 'Name another.' };
    default:
      return null;
  }
}

/**
 * Makes the error that ends the start because of `path`; an error about something
 * else is returned unchanged.
 */
export function fileStartError(setting: string, path: string, error: unknown): unknown {
  const fault = explainFile(error);
  if (!fault) return error;
  return new StartError(
    setting,
    `${path} cannot be used: ${fault.seen} (${codeOf(error)})`,
    fault.fix,
    { cause: error },
  );
}
