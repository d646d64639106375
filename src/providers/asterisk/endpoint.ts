import type { AsteriskAccount } from './asterisk.settings.js';

/** How Asterisk dials a number, by `ASTERISK_DIAL`. */
export function endpointOf({ dial }: Pick<AsteriskAccount, 'dial'>, number: string): string {
  return dial.replaceAll('{number}', number).replaceAll('{digits}', number.replace(/^\+/, ''));
}
