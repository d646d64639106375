import {
  IsBoolean,
  IsNumber,
  IsObject,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import { IsLine, IsText, IsWhole } from '../../shared/fields.js';
import { AsSent, MaxJsonBytes } from '../../shared/validation.js';

const VALUES_BYTES_MAX = 32 * 1024;
export const ACCOUNT_KEY = /^[a-z0-9][a-z0-9-]{0,39}$/;
const PACE = 'must be a number from 0.1 to 1000 with at most three decimals';

/** `POST /api/v1/carrier-accounts` */
export class CreateCarrierAccountDto {
  /** Part of the account's URLs; it never changes. */
  @Matches(ACCOUNT_KEY, {
    message: 'must be 1 to 40 lower-case letters, digits and hyphens, such as telnyx-eu',
  })
  key!: string;

  /** A carrier of `GET /api/v1/carriers`. */
  @IsText(0, 40)
  provider!: string;

  /** For people; absent: the key. */
  @IsOptional()
  @IsLine(200)
  name?: string;

  /** By the carrier's `settings_schema`. */
  @IsObject({ message: 'must be a JSON object' })
  @MaxJsonBytes(VALUES_BYTES_MAX)
  @AsSent()
  settings!: Record<string, unknown>;

  /** By the carrier's `secrets_schema`. */
  @IsObject({ message: 'must be a JSON object' })
  @MaxJsonBytes(VALUES_BYTES_MAX)
  @AsSent()
  secrets!: Record<string, unknown>;

  /** Absent: the carrier's usual pace. */
  @IsOptional()
  @IsNumber({ maxDecimalPlaces: 3 }, { message: PACE })
  @Min(0.1, { message: PACE })
  @Max(1_000, { message: PACE })
  calls_per_second?: number;

  /** Calls in progress at a time; null or absent: as many as the service takes. */
  @IsOptional()
  @IsWhole(1, 100_000)
  max_concurrent_calls?: number | null;

  /** Whether it takes new calls; absent: yes. */
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}

/** `PATCH /api/v1/carrier-accounts/{key}`: absent fields stay unchanged. */
export class UpdateCarrierAccountDto {
  @ValidateIf((body: UpdateCarrierAccountDto) => body.name !== undefined)
  @IsLine(200)
  name?: string;

  /** Replaces all settings. */
  @ValidateIf((body: UpdateCarrierAccountDto) => body.settings !== undefined)
  @IsObject({ message: 'must be a JSON object' })
  @MaxJsonBytes(VALUES_BYTES_MAX)
  @AsSent()
  settings?: Record<string, unknown>;

  /** Replaces the secrets that are named; null takes one away. */
  @ValidateIf((body: UpdateCarrierAccountDto) => body.secrets !== undefined)
  @IsObject({ message: 'must be a JSON object' })
  @MaxJsonBytes(VALUES_BYTES_MAX)
  @AsSent()
  secrets?: Record<string, unknown>;

  @ValidateIf((body: UpdateCarrierAccountDto) => body.calls_per_second !== undefined)
  @IsNumber({ maxDecimalPlaces: 3 }, { message: PACE })
  @Min(0.1, { message: PACE })
  @Max(1_000, { message: PACE })
  calls_per_second?: number;

  @IsOptional()
  @IsWhole(1, 100_000)
  max_concurrent_calls?: number | null;

  @ValidateIf((body: UpdateCarrierAccountDto) => body.enabled !== undefined)
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}
