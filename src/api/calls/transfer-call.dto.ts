import { IsOptional, IsString, MaxLength, ValidateBy } from 'class-validator';
import type { Announcement } from '../../calls/transfers/transfer-events.js';
import { ANNOUNCEMENT_MAX } from '../../control/transfer-call.js';
import { IsText, IsWhole } from '../../shared/fields.js';
import { isSoundName, SOUND_NAME_MAX } from '../../shared/sound-name.js';
import { AsSent } from '../../shared/validation.js';

function isAnnouncement(value: unknown): boolean {
  if (typeof value === 'string') {
    return value.trim() !== '' && value.length <= ANNOUNCEMENT_MAX && !/\p{Cc}/u.test(value);
  }
  const { sound, ...others } = Object(value) as Record<string, unknown>;
  const isAlone = Object.keys(others).length === 0;
  const isName = typeof sound === 'string' && sound.length <= SOUND_NAME_MAX && isSoundName(sound);
  return isAlone && isName;
}

/** `POST /api/v1/telephony/calls/{workflow_run_id}/transfer` */
export class TransferCallDto {
  /** E.164, or the name of one of the workflow's `transfer_targets`. */
  @IsText(1, 50)
  to!: string;

  /** What the person hears before they are connected: a text, or a sound, of ours or of the carrier's. */
  @IsOptional()
  @ValidateBy({
    name: 'isAnnouncement',
    validator: {
      validate: isAnnouncement,
      defaultMessage: () =>
        `must be a line of 1 to ${ANNOUNCEMENT_MAX} characters, or {"sound": name}`,
    },
  })
  @AsSent()
  announce?: Announcement | null;

  /** One of our numbers, E.164, which the person sees; absent: the one of this call. */
  @IsOptional()
  @IsString()
  @MaxLength(16)
  from?: string;

  /** How long the person's phone rings. */
  @IsOptional()
  @IsWhole(5, 120)
  timeout_seconds?: number;
}
