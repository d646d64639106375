import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsOptional, ValidateIf } from 'class-validator';
import { EVENT_TYPES } from '../../calls/events-out/event-types.js';
import { IsId, IsText, oneOf } from '../../shared/fields.js';

/** `POST /api/v1/webhook-endpoints` */
export class CreateEndpointDto {
  /** An https URL; another scheme or a private host is allowed only where the settings allow it. */
  @IsText(1, 2_000)
  url!: string;

  /** Absent or null: all workflows of the user. */
  @IsOptional()
  @IsId()
  workflow_id?: number | null;

  /** Absent or empty: all events. */
  @IsOptional()
  @IsArray({ message: 'must be a list of event types' })
  @ArrayMaxSize(EVENT_TYPES.length, { message: `must name at most ${EVENT_TYPES.length} types` })
  @IsIn(EVENT_TYPES, { each: true, message: oneOf(EVENT_TYPES) })
  types?: string[];

  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}

/** `PATCH /api/v1/webhook-endpoints/{id}`: absent fields stay unchanged. */
export class UpdateEndpointDto {
  @ValidateIf((body: UpdateEndpointDto) => body.url !== undefined)
  @IsText(1, 2_000)
  url?: string;

  @IsOptional()
  @IsId()
  workflow_id?: number | null;

  @ValidateIf((body: UpdateEndpointDto) => body.types !== undefined)
  @IsArray({ message: 'must be a list of event types' })
  @ArrayMaxSize(EVENT_TYPES.length, { message: `must name at most ${EVENT_TYPES.length} types` })
  @IsIn(EVENT_TYPES, { each: true, message: oneOf(EVENT_TYPES) })
  types?: string[];

  @ValidateIf((body: UpdateEndpointDto) => body.enabled !== undefined)
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}
