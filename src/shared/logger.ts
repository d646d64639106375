import pino from 'pino';
import { redact } from './redact.js';

/**
 * Writes one JSON line: an event name and fields. Fields pass through
 * {@link redact}, so a number or a token that slips into one is masked.
 */
export abstract class Log {
  abstract debug(event: string, fields?: Record<string, unknown>): void;
  abstract info(event: string, fields?: Record<string, unknown>): void;
  abstract warn(event: string, fields?: Record<string, unknown>): void;
  abstract error(event: string, fields?: Record<string, unknown>): void;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The only logger outside tests: JSON lines on standard output. */
export class PinoLog extends Log {
  private readonly pino: pino.Logger;

  constructor(level: LogLevel, destination?: pino.DestinationStream) {
    super();
    const options: pino.LoggerOptions = {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'event',
    };
    this.pino = destination ? pino(options, destination) : pino(options);
  }

  debug(event: string, fields: Record<string, unknown> = {}): void {
    this.pino.debug(redact(fields), event);
  }

  info(event: string, fields: Record<string, unknown> = {}): void {
    this.pino.info(redact(fields), event);
  }

  warn(event: string, fields: Record<string, unknown> = {}): void {
    this.pino.warn(redact(fields), event);
  }

  error(event: string, fields: Record<string, unknown> = {}): void {
    this.pino.error(redact(fields), event);
  }
}
