import { applyDecorators } from '@nestjs/common';
import { isInt, isString, Matches, ValidateBy } from 'class-validator';

/** A field that is one of our ids: a positive safe integer. */
export function IsId(): PropertyDecorator {
  return IsWhole(1, Number.MAX_SAFE_INTEGER, 'must be an id: a whole number from 1');
}

/** A whole number between two bounds, inclusive. */
export function IsWhole(
  min: number,
  max: number,
  message = `must be a whole number from ${min} to ${max}`,
): PropertyDecorator {
  return ValidateBy({
    name: 'isWhole',
    validator: {
      validate: (value) => isInt(value) && Number(value) >= min && Number(value) <= max,
      defaultMessage: () => message,
    },
  });
}

/** Text whose length, in UTF-16 units, is between two bounds. */
export function IsText(min: number, max: number): PropertyDecorator {
  const message =
    min === 0
      ? `must be text of at most ${max} characters`
      : `must be text of ${min} to ${max} characters`;
  return ValidateBy({
    name: 'isText',
    validator: {
      validate: (value) => isString(value) && value.length >= min && value.length <= max,
      defaultMessage: () => message,
    },
  });
}

/**
 * One line of text, without control characters, which stores keep differently, and
 * without half a surrogate pair.
 */
export function IsLine(max: number): PropertyDecorator {
  return applyDecorators(
    IsText(1, max),
    Matches(/^[^\p{Cc}\p{Cs}]*$/u, {
      message: 'must not hold line breaks or control characters',
    }),
  );
}

/** The message for a field that accepts only certain words. */
export const oneOf = (words: readonly string[]): string => `must be one of ${words.join(', ')}`;
