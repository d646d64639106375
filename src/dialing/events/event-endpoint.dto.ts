import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { CALL_STATUSES } from '../../calls/call-status.js';

/** `call.<status>` for every status, and `call.finished` beside the one that ended it. */
export const EVENT_TYPES = [...CALL_STATUSES.map((status) => `call.${status}`), 'call.finished'];

/** `POST /api/v1/webhook-endpoints` */
export class CreateEndpointDto {
  /** https; another scheme or a private host only where the settings allow it. */
  @IsString()
  @MaxLength(2_000)
  url!: string;

  /** Absent or null: all workflows of the user. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  workflow_id?: number | null;

  /** Absent or empty: all. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(EVENT_TYPES.length)
  @IsIn(EVENT_TYPES, { each: true })
  types?: string[];

  @IsOptional()
  @IsBoolean()
  enabled?: boolean;
}

/** `PATCH /api/v1/webhook-endpoints/{id}`: absent fields stay. */
export class UpdateEndpointDto {
  @ValidateIf((body: UpdateEndpointDto) => body.url !== undefined)
  @IsString()
  @MaxLength(2_000)
  url?: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  workflow_id?: number | null;

  @ValidateIf((body: UpdateEndpointDto) => body.types !== undefined)
  @IsArray()
  @ArrayMaxSize(EVENT_TYPES.length)
  @IsIn(EVENT_TYPES, { each: true })
  types?: string[];

  @ValidateIf((body: UpdateEndpointDto) => body.enabled !== undefined)
  @IsBoolean()
  enabled?: boolean;
}
