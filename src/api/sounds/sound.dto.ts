import { IsIn, IsOptional, ValidateBy, ValidateIf } from 'class-validator';

/** What a user's own sound may be called: no folders, so that it is one part of a path. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,95}\.wav$/;

export function isOwnSoundName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name);
}

function IsOwnSoundName(): PropertyDecorator {
  return ValidateBy({
    name: 'isOwnSoundName',
    validator: {
      validate: isOwnSoundName,
      defaultMessage: () =>
        'must be 1 to 100 letters, digits, "_", "-" and ".", and end with .wav, such as welcome.wav',
    },
  });
}

/** The query of `POST /api/v1/sounds`. */
export class UploadSoundDto {
  @IsOwnSoundName()
  name!: string;

  /** Whether a sound of this name is replaced; absent: no. */
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'must be true or false' })
  replace?: 'true' | 'false';
}

/** `PATCH /api/v1/sounds/{name}`: without a name nothing is changed. */
export class RenameSoundDto {
  @ValidateIf((body: RenameSoundDto) => body.name !== undefined)
  @IsOwnSoundName()
  name?: string;
}
