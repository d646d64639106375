import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

/** `POST /api/v1/telephony/diagnostics` */
export class FullRunDto {
  /** How long the silent WebSocket is held, in seconds; proxies often give up after 60. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(300)
  idle_seconds?: number;
}
