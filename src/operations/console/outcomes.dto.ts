import { Transform, Type } from 'class-transformer';
import { IsIn } from 'class-validator';
import { END_REASONS, type EndReason } from '../../calls/ledger/call-event.js';
import { IsWhole } from '../../shared/fields.js';

/** `GET /console/api/outcomes` */
export class OutcomesDto {
  /** One or several, separated by commas. */
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? [...new Set(value.split(','))] : [value],
  )
  @IsIn(END_REASONS, { each: true, message: `must be one or several of ${END_REASONS.join(', ')}` })
  end_reason!: EndReason[];

  /** How far to look back. */
  @Type(() => Number)
  @IsWhole(1, 168)
  hours: number = 24;
}
