import { applyDecorators } from '@nestjs/common';
import { ValidateBy } from 'class-validator';
import { isSoundName } from '../../shared/sound-name.js';
import { AsSent } from '../../shared/validation.js';

/** The longest sentence, as of every other that a carrier says. */
const SENTENCE_MAX = 500;
const SOUND_MAX = 200;

/** `on_machine` of a workflow. */
export function IsOnMachine(): PropertyDecorator {
  return applyDecorators(
    ValidateBy({
      name: 'isOnMachine',
      validator: {
        validate: isOnMachine,
        defaultMessage: () =>
          'must be "ignore", "hang_up" or {"leave_message": …} with one line of 1 to 500 characters or {"sound": "name.wav"}',
      },
    }),
    AsSent(),
  );
}

/** `on_wait` of a workflow. */
export function IsOnWait(): PropertyDecorator {
  return applyDecorators(
    ValidateBy({
      name: 'isOnWait',
      validator: {
        validate: isMessage,
        defaultMessage: () =>
          'must be one line of 1 to 500 characters, {"sound": "name.wav"} or null',
      },
    }),
    AsSent(),
  );
}

function isOnMachine(value: unknown): boolean {
  if (value === 'ignore' || value === 'hang_up') return true;
  return isMessage(onlyMember(value, 'leave_message'));
}

function isMessage(value: unknown): boolean {
  return isSentence(value) || isSound(onlyMember(value, 'sound'));
}

function isSentence(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const isLine = value.length <= SENTENCE_MAX && /^[^\p{Cc}\p{Cs}]+$/u.test(value);
  return isLine && value.trim() !== '';
}

function isSound(value: unknown): boolean {
  return typeof value === 'string' && value.length <= SOUND_MAX && isSoundName(value);
}

/** The value of an object's only member; undefined where it is none, or has others. */
function onlyMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  return entries.length === 1 && entries[0]?.[0] === name ? entries[0][1] : undefined;
}
