import { badRequest } from './twilio-error.js';

const E164 = /^\+[1-9]\d{6,14}$/;
const OTHER_ADDRESS = /^(client|sip|sips):\S+$/;

/** Twilio's number for tests; always allowed as From. */
const MAGIC_FROM = '+15005550006';
const MAGIC_BAD_FROM = '+15005550001';
const MAGIC_TO: Record<string, [code: number, message: string]> = {
  '+15005550001': [21_217, 'Phone number does not appear to be valid'],
  '+15005550002': [21_214, "'To' phone number cannot be reached"],
  '+15005550003': [21_215, 'Geo permission is not enabled for this destination'],
  '+15005550004': [21_216, "'To' number is on the list of blocked numbers"],
};

/** The rules for To and From, in the order that Twilio's codes suggest (test credentials, error dictionary). */
export function checkParties(
  to: string | undefined,
  from: string | undefined,
  owns: (number: string) => boolean,
): { to: string; from: string } {
  if (!to) throw badRequest(21_201, "No 'To' number is specified");
  if (!from) throw badRequest(21_213, "No 'From' number is specified");
  const isPhone = to.startsWith('+') || !OTHER_ADDRESS.test(to);
  if (isPhone && !E164.test(to)) throw badRequest(21_211, `Invalid 'To' Phone Number: ${to}`);
  if (from === MAGIC_BAD_FROM || (!E164.test(from) && !OTHER_ADDRESS.test(from))) {
    throw badRequest(21_212, `Invalid 'From' Phone Number: ${from}`);
  }
  if (to === from) throw badRequest(21_217, "'To' and 'From' must not be the same");
  const magic = MAGIC_TO[to];
  if (magic) throw badRequest(...magic);
  if (isPhone && from !== MAGIC_FROM && !owns(from)) {
    throw badRequest(
      21_210,
      `'From' phone number ${from} is not owned by or verified for this account`,
    );
  }
  return { to, from };
}
