import { Type } from 'class-transformer';
import { IsOptional } from 'class-validator';
import { IsId, IsWhole } from '../shared/fields.js';

/** The query of a list whose cursor is an id. */
export class PageDto {
  @IsOptional()
  @Type(() => Number)
  @IsWhole(1, 100)
  limit: number = 20;

  /** `next_cursor` of the page before. */
  @IsOptional()
  @Type(() => Number)
  @IsId()
  cursor?: number;
}
