import {
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  registerDecorator,
} from 'class-validator';
import { AsSent } from '../../shared/validation.js';

export const CONTEXT_BYTES_MAX = 16 * 1024;

/** Serialised size, as the store will hold it. */
function MaxJsonBytes(limit: number) {
  return (target: object, propertyName: string): void => {
    registerDecorator({
      name: 'maxJsonBytes',
      target: target.constructor,
      propertyName,
      validator: {
        validate: (value) => Buffer.byteLength(JSON.stringify(value) ?? '') <= limit,
        defaultMessage: () => `${propertyName} must be at most ${limit} bytes as JSON`,
      },
    });
  };
}

/** `POST /api/v1/telephony/calls` */
export class PlaceCallDto {
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  workflow_id!: number;

  /** E.164. */
  @IsString()
  @MaxLength(16)
  to!: string;

  /** One of our numbers, E.164; absent: the carrier's first. */
  @IsOptional()
  @IsString()
  @MaxLength(16)
  from?: string;

  @IsOptional()
  @IsString()
  @MaxLength(40)
  provider?: string;

  /** Handed to the agent. */
  @IsOptional()
  @IsObject()
  @MaxJsonBytes(CONTEXT_BYTES_MAX)
  @AsSent()
  context?: Record<string, unknown>;

  @IsOptional()
  @IsInt()
  @Min(5)
  @Max(600)
  ring_timeout_seconds?: number;

  /** Carriers allow a minute at least and, by default, four hours. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(86_400)
  max_duration_seconds?: number;

  @IsOptional()
  @IsIn(['enable', 'detect_message_end'])
  machine_detection?: 'enable' | 'detect_message_end';
}
