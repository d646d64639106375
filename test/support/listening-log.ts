import { PinoLog, type Log } from '../../src/shared/logger.js';
import type { TraceIds } from '../../src/shared/tracing/trace-ids.js';

export type LogLine = Record<string, unknown> & { event: string; level: string };

/** The real log, with its lines kept as they would have been written. */
export function listeningLog(traceIds?: TraceIds): { lines: LogLine[]; log: Log } {
  const lines: LogLine[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as LogLine);
  return {
    lines,
    log: new PinoLog('debug', { destination: { write }, ...(traceIds && { traceIds }) }),
  };
}
