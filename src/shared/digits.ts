/** The most characters that are sent at once, as at Twilio (`SendDigits`). */
export const DIGITS_MAX = 32;

/** Keys of a telephone, and `w` for a pause of half a second. */
const DIGITS = /^[0-9A-D*#w]+$/;

/** What {@link areDigits} asks for, in words. */
export const DIGITS_RULE = `must be 1 to ${DIGITS_MAX} of 0-9 A-D * # and w, a pause of half a second`;

/** Whether a text can be sent into a call as digits. */
export function areDigits(value: unknown): value is string {
  return typeof value === 'string' && value.length <= DIGITS_MAX && DIGITS.test(value);
}
