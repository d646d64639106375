import { ValidateBy } from 'class-validator';
import { areDigits, DIGITS_RULE } from '../../shared/digits.js';

/** `POST /api/v1/telephony/calls/{workflow_run_id}/digits` */
export class DigitsDto {
  @ValidateBy({
    name: 'areDigits',
    validator: { validate: areDigits, defaultMessage: () => DIGITS_RULE },
  })
  digits!: string;
}
