import { IsIn, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { IsId, IsText, IsWhole, oneOf } from '../../shared/fields.js';
import { AsSent, MaxJsonBytes } from '../../shared/validation.js';

export const CONTEXT_BYTES_MAX = 16 * 1024;

/** `POST /api/v1/telephony/calls` */
export class PlaceCallDto {
  @IsId()
  workflow_id!: number;

  /** E.164. */
  @IsString()
  @MaxLength(16)
  to!: string;

  /** One of our numbers, E.164; absent: the account's first. */
  @IsOptional()
  @IsString()
  @MaxLength(16)
  from?: string;

  /** The key of the account that dials; absent: see `provider`. */
  @IsOptional()
  @IsText(0, 40)
  account?: string;

  /** The carrier whose account dials; absent: the account that owns `from`, else the first. */
  @IsOptional()
  @IsText(0, 40)
  provider?: string;

  /** Passed to the agent. */
  @IsOptional()
  @IsObject({ message: 'must be a JSON object' })
  @MaxJsonBytes(CONTEXT_BYTES_MAX)
  @AsSent()
  context?: Record<string, unknown>;

  @IsOptional()
  @IsWhole(5, 600)
  ring_timeout_seconds?: number;

  /** Carriers allow at least a minute and, by default, four hours. */
  @IsOptional()
  @IsWhole(1, 86_400)
  max_duration_seconds?: number;

  @IsOptional()
  @IsIn(['enable', 'detect_message_end'], { message: oneOf(['enable', 'detect_message_end']) })
  machine_detection?: 'enable' | 'detect_message_end';
}
