import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { CALL_STATUSES, type CallStatus } from '../../calls/call-status.js';

/** `GET /api/v1/telephony/calls` */
export class ListCallsDto {
  @IsOptional()
  @IsIn(CALL_STATUSES)
  status?: CallStatus;

  @IsOptional()
  @IsIn(['inbound', 'outbound'])
  direction?: 'inbound' | 'outbound';

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  workflow_id?: number;

  /** E.164, of either side. A `+` in a query is a space unless it is escaped, so both are understood. */
  @IsOptional()
  @Matches(/^[+ ]?\d{3,15}$/, { message: 'number must be in E.164' })
  number?: string;

  @IsOptional()
  @MaxLength(64)
  provider_call_id?: string;

  /** ISO 8601; created at or after. */
  @IsOptional()
  @IsISO8601({ strict: true })
  from_time?: string;

  /** ISO 8601; created before. */
  @IsOptional()
  @IsISO8601({ strict: true })
  to_time?: string;

  /** `true`: numbers show their last two digits only. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    value === 'true' ? true : value === 'false' ? false : value,
  )
  @IsBoolean()
  mask_numbers?: boolean;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  /** `next_cursor` of the page before. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,32}$/, { message: 'cursor must be the next_cursor of a page' })
  cursor?: string;
}
