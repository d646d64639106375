import { Type } from 'class-transformer';
import { IsOptional } from 'class-validator';
import { IsWhole } from '../shared/fields.js';

/** `POST /api/v1/telephony/diagnostics` */
export class FullRunDto {
  /** How long the silent WebSocket is held, in seconds. Proxies often close it after 60. */
  @IsOptional()
  @Type(() => Number)
  @IsWhole(1, 300)
  idle_seconds?: number;
}
