import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { codeOf } from '../../shared/start-error.js';

/** Why the agent of a file cannot be plugged in. */
export interface LoadFault {
  /** As a clause: `it has no default export`. */
  reason: string;
  /** What to do, as a sentence. */
  fix: string;
}

/** Explains why the import of an agent's file failed. `error` is the value that was thrown. */
export function importFault(path: string, error: unknown): LoadFault {
  const message = messageOf(error);
  switch (codeOf(error)) {
    case 'ERR_MODULE_NOT_FOUND':
      return {
        reason: lowerFirst(message),
        fix: 'Install what is missing beside the agents (npm install), or correct the import.',
      };
    case 'MODULE_NOT_FOUND':
      return {
        reason: lowerFirst(message.split('\n', 1)[0] ?? ''),
        fix: 'Install what is missing beside the agents; import patchbay/agent with `import`, not with `require`.',
      };
    case 'ERR_PACKAGE_PATH_NOT_EXPORTED':
      return { reason: lowerFirst(message), fix: 'Import the agent port from patchbay/agent.' };
    default:
      return isSyntaxError(error) ? syntaxFault(path, error) : thrownFault('is imported', error);
  }
}

/** Explains an error that an agent's code threw: at its import, or in its constructor. */
export function thrownFault(when: string, error: unknown): LoadFault {
  return {
    reason: `it throws when it ${when}: ${messageOf(error)}${placeOf(error)}`,
    fix: 'Correct what it does there, or take the file out of the folder.',
  };
}

function syntaxFault(path: string, error: Error): LoadFault {
  return {
    reason: `it is not valid JavaScript: ${error.message} (${syntaxPlace(path, error)})`,
    fix: 'Correct it there. TypeScript must be compiled first.',
  };
}

/**
 * Finds the place of a syntax error. Node includes it in the error for an import that finds no such
 * export. For other syntax errors it prints the place only when it exits, so a second Node process
 * reads the file. It reads the text as an ES module, as agents are; otherwise it would name no
 * line.
 */
function syntaxPlace(path: string, error: Error): string {
  const [, place] = /^file:\/\/(\S+:\d+)\n/.exec(error.stack ?? '') ?? [];
  if (place !== undefined) return place;
  const { stderr } = spawnSync(process.execPath, ['--check', '--input-type=module', '-'], {
    input: readFileSync(path),
    encoding: 'utf8',
  });
  const [, line] = /^\[stdin\]:(\d+)/m.exec(stderr) ?? [];
  return line === undefined ? 'in a module that it imports' : `${path}:${line}`;
}

/** ` (…/greeter.agent.js:3:9)` of the code that threw; empty when the place is unknown. */
function placeOf(error: unknown): string {
  const { stack } = Object(error) as { stack?: unknown };
  const [, place] =
    /^\s+at .*?\(?((?:file:\/\/)?\/[^\s()]+:\d+:\d+)\)?$/m.exec(String(stack)) ?? [];
  return place === undefined ? '' : ` (${place.replace('file://', '')})`;
}

function isSyntaxError(error: unknown): error is Error {
  return error instanceof SyntaxError;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
