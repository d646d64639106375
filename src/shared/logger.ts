import pino from 'pino';
import { redact } from './redact.js';
import type { TraceIds } from './tracing/trace-ids.js';

/**
 * Writes one JSON line: an event name and fields. Fields pass through {@link
 * redact}, so a phone number or a token in one by mistake is masked. Every line
 * about a call has `workflow_run_id`, by which all its lines are found.
 */
export abstract class Log {
  abstract debug(event: string, fields?: Record<string, unknown>): void;
  abstract info(event: string, fields?: Record<string, unknown>): void;
  abstract warn(event: string, fields?: Record<string, unknown>): void;
  abstract error(event: string, fields?: Record<string, unknown>): void;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface PinoLogOptions {
  /** The name of this instance, which every line then has as `instance`. */
  instance?: string;
  /** Where the lines go; default: standard output. */
  destination?: pino.DestinationStream | undefined;
  traceIds?: TraceIds;
}

/**
 * The only logger outside tests: JSON lines on standard output. Lines about a
 * traced call carry its `trace_id`.
 */
export class PinoLog extends Log {
  private readonly pino: pino.Logger;
  private readonly traceIds: TraceIds | null;

  constructor(level: LogLevel, { instance, destination, traceIds }: PinoLogOptions = {}) {
    super();
    this.traceIds = traceIds ?? null;
    const options: pino.LoggerOptions = {
      level,
      // Undefined: without pino's own fields, the process's number and the host.
      base: instance === undefined ? undefined : { instance },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'event',
    };
    this.pino = destination ? pino(options, destination) : pino(options);
  }

  debug(event: string, fields: Record<string, unknown> = {}): void {
    this.write('debug', event, fields);
  }

  info(event: string, fields: Record<string, unknown> = {}): void {
    this.write('info', event, fields);
  }

  warn(event: string, fields: Record<string, unknown> = {}): void {
    this.write('warn', event, fields);
  }

  error(event: string, fields: Record<string, unknown> = {}): void {
    this.write('error', event, fields);
  }

  private write(
    level: 'debug' | 'info' | 'warn' | 'error',
    event: string,
    fields: Record<string, unknown>,
  ): void {
    if (this.pino.isLevelEnabled(level)) this.pino[level](this.line(fields), event);
  }

  private line(fields: Record<string, unknown>): Record<string, unknown> {
    const line = redact(fields);
    const traceId = this.traceIds?.of(fields['workflow_run_id']) ?? null;
    return traceId === null ? line : { ...line, trace_id: traceId };
  }
}
