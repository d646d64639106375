import { Type } from 'class-transformer';
import { IsOptional } from 'class-validator';
import { IsWhole } from '../shared/fields.js';

/** `GET /api/v1/telephony/diagnostics` */
export class QuickRunDto {
  /** A result that is not older, in seconds, is good enough; 0: only a new one is. */
  @IsOptional()
  @Type(() => Number)
  @IsWhole(0, 300)
  max_age_seconds: number = 0;
}

/** `POST /api/v1/telephony/diagnostics` */
export class FullRunDto {
  /** How long the silent WebSocket is held, in seconds. Proxies often close it after 60. */
  @IsOptional()
  @Type(() => Number)
  @IsWhole(1, 300)
  idle_seconds?: number;
}
