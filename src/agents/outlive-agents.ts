import type { Log } from '../shared/logger.js';
import { whoAnswers } from '../shared/stray-errors.js';

/**
 * What an agent has begun and nobody catches ends its own call, not the process
 * with all the others. An exception that nobody answers for may have left
 * anything half done: `die` is called, and the calls go on in the next process.
 */
export function outliveAgents(log: Log, die: (error: unknown) => never): void {
  const bear = (error: unknown): void => {
    if (!whoAnswers()?.bear(error)) log.error('process.stray_error', { error });
  };
  process.on('uncaughtException', (error) => {
    if (!whoAnswers()) die(error);
    bear(error);
  });
  process.on('unhandledRejection', bear);
}
