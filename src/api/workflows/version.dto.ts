import { Type } from 'class-transformer';
import { IsOptional } from 'class-validator';
import { IsId } from '../../shared/fields.js';

/** The query of `GET /api/v1/workflows/{id}/versions/{n}`. */
export class ComparedDto {
  /** Another version of the workflow; absent: the one before. */
  @IsOptional()
  @Type(() => Number)
  @IsId()
  compared_with?: number;
}
