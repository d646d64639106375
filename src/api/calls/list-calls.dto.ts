import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { END_REASONS, type EndReason } from '../../calls/ledger/call-event.js';
import { CALL_STATUSES, type CallStatus } from '../../calls/ledger/call-status.js';
import { IsId, IsWhole, oneOf } from '../../shared/fields.js';

/** The part of ISO 8601 that `Date` can read. */
const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;
const INSTANT_EXPECTED = '$property must be a time in ISO 8601, such as 2026-11-23T10:00:00Z';

/** A time without an offset is UTC; a `+` that arrived as a space is understood. */
function readInstant({ value }: { value: unknown }): unknown {
  if (typeof value !== 'string') return value;
  return value.replace(/ (?=\d\d:\d\d$)/, '+').replace(/(T[\d:.]+)$/, '$1Z');
}

/** Digits, an address, or a word such as `anonymous`. */
const PARTY = /^(?:\+?\d{3,15}|(?:sips?|client|whatsapp|tel):[^\p{Cc}\s]{1,240}|[a-z]{3,30})$/iu;

/** A `+` in a query is a space unless it is escaped, so both are understood. */
function readPlus({ value }: { value: unknown }): unknown {
  return typeof value === 'string' ? value.replace(/^((?:\w+:)?) (?=\d)/, '$1+') : value;
}

/** Each value once: repeating one selects nothing more. */
function readList({ value }: { value: unknown }): unknown {
  return typeof value === 'string' ? [...new Set(value.split(','))] : [value];
}

/** `GET /api/v1/telephony/calls` */
export class ListCallsDto {
  @IsOptional()
  @IsIn(CALL_STATUSES, { message: oneOf(CALL_STATUSES) })
  status?: CallStatus;

  /** One or several, separated by commas. */
  @IsOptional()
  @Transform(readList)
  @IsIn(END_REASONS, {
    each: true,
    message: `end_reason must be one or several of ${END_REASONS.join(', ')}`,
  })
  end_reason?: EndReason[];

  @IsOptional()
  @IsIn(['inbound', 'outbound'], { message: oneOf(['inbound', 'outbound']) })
  direction?: 'inbound' | 'outbound';

  @IsOptional()
  @Type(() => Number)
  @IsId()
  workflow_id?: number;

  /** Matches either side. `shared/party.ts` defines which parties are equal. */
  @IsOptional()
  @Transform(readPlus)
  @Matches(PARTY, {
    message: 'number must be in E.164, an address such as sip:anna@example.com, or a word',
  })
  number?: string;

  /** Words that were said, each from its beginning on; all of them. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  q?: string;

  @IsOptional()
  @Matches(/^[\x21-\x7e]{1,64}$/, { message: 'provider_call_id must be an id of the carrier' })
  provider_call_id?: string;

  /** The key of an account, also of one that no longer exists. */
  @IsOptional()
  @Matches(/^[a-z0-9][a-z0-9-]{0,39}$/, { message: 'account must be the key of an account' })
  account?: string;

  /** ISO 8601; created at this time or later. */
  @IsOptional()
  @Transform(readInstant)
  @Matches(INSTANT, { message: INSTANT_EXPECTED })
  @IsISO8601({ strict: true }, { message: INSTANT_EXPECTED })
  from_time?: string;

  /** ISO 8601; created before this time. */
  @IsOptional()
  @Transform(readInstant)
  @Matches(INSTANT, { message: INSTANT_EXPECTED })
  @IsISO8601({ strict: true }, { message: INSTANT_EXPECTED })
  to_time?: string;

  /** `true`: numbers show only their last two digits, and addresses show no name. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    value === 'true' ? true : value === 'false' ? false : value,
  )
  @IsBoolean({ message: 'must be true or false' })
  mask_numbers?: boolean;

  @IsOptional()
  @Type(() => Number)
  @IsWhole(1, 100)
  limit: number = 20;

  /** `next_cursor` of the previous page. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,32}$/, { message: 'cursor must be the next_cursor of a page' })
  cursor?: string;
}
