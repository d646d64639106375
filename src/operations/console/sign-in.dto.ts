import { Matches, ValidateIf } from 'class-validator';

/** `POST /console/api/session`: one of the two. */
export class SignInDto {
  @ValidateIf((body: SignInDto) => body.key !== undefined)
  @Matches(/^[\x21-\x7e]{1,512}$/, { message: 'must be an API key' })
  key?: string;

  /** The ticket of the link that a start prints. */
  @ValidateIf((body: SignInDto) => body.ticket !== undefined)
  @Matches(/^[\x21-\x7e]{1,512}$/, { message: 'must be the one of the link' })
  ticket?: string;
}
