/**
 * Letters, digits, `_`, `-` and `.`, with folders if needed: `menu/welcome.wav`. With the prefix `patchbay:` it is a sound
 * that comes with Patchbay.
 */
export const SOUND_NAME_PATTERN =
  /^(?:patchbay:)?[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,7}$/;
export const SOUND_NAME_MAX = 200;

/** Whether a sound of a user's, of `MEDIA_DIR` or of Patchbay's can be called so. */
export function isSoundName(name: string): boolean {
  return SOUND_NAME_PATTERN.test(name);
}

/** A path of words, which leads nowhere else. */
const CARRIERS = /^\w[\w-]{0,49}(\/\w[\w-]{0,49}){0,5}$/;

/** Whether it can also be a sound that the carrier has. */
export function isCarrierSound(name: string): boolean {
  return CARRIERS.test(name);
}
