import type { Capabilities } from '../capabilities.js';
import { basic } from '../basic.js';
import { digitsOf, withPlus } from './parties.js';

/**
 * What distinguishes the carriers that speak Plivo's protocol from each other; the code of this folder has the rest
 * in common.
 */
export interface PlivoDialect {
  /** The carrier's name in our API and in the store. */
  readonly kind: string;
  /** For people. */
  readonly label: string;
  /** Where its API is, with the version and without a trailing slash. */
  readonly apiBaseUrl: string;
  /** What the id of an account looks like. */
  readonly authId: { readonly form: RegExp; readonly words: string };
  /** How we sign in to its API. */
  readonly login: (authId: string, authToken: string) => Readonly<Record<string, string>>;
  /** What the names of its signatures' headers begin with, in lower case: `x-plivo-signature`. */
  readonly signatureHeader: string;
  /** Whether a V3 signature covers the query and the fields, or only the URL without them. */
  readonly signsFields: boolean;
  /** Whether the upgrade of a media stream is signed. */
  readonly signsUpgrades: boolean;
  /** Whether a V2 signature proves as much as a V3 signature, so that it is accepted in any case. */
  readonly trustsV2: boolean;
  /** Whether a call that rings is ended by the name of the request that placed it. */
  readonly cancelsRequests: boolean;
  /** Whether a reply that is no success was written by the carrier itself. */
  readonly isOwnWord: (status: number, text: string, body: unknown) => boolean;
  /** A number as it is written in an instruction. */
  readonly dialled: (number: string) => string;
  /** A party as the carrier writes it, with its number in E.164 where there is one. */
  readonly party: (text: string) => string;
  /** The byte order of 16-bit samples that we receive and that we send. */
  readonly l16: { readonly in: 'pcm16le' | 'pcm16be'; readonly out: 'pcm16le' | 'pcm16be' };
  /** In which its capabilities differ from Plivo's. */
  readonly differences: Partial<Capabilities>;
  /** Turns a URL into the one that the carrier is given. */
  readonly addressed: (url: string) => string;
}

/**
 * Plivo asks for instructions three times within a minute, and repeats a callback only as its URL says
 * (https://docs.plivo.com/docs/voice/concepts/callback-configurations). The fragment never reaches the server.
 */
const RETRIES = '#rt=5000&rc=2&rp=ct,rt,5xx';

/** A refusal that the API's front door writes, without an `api_id`. */
const NO_ACCESS = /could not verify your access level/i;

export const PLIVO: PlivoDialect = Object.freeze<PlivoDialect>({
  kind: 'plivo',
  label: 'Plivo',
  apiBaseUrl: 'https://api.plivo.com/v1',
  authId: { form: /^[MS]A[A-Z0-9]{18}$/, words: 'MA or SA and 18 capital letters and digits' },
  login: (authId, authToken) => ({ Authorization: basic(authId, authToken) }),
  signatureHeader: 'x-plivo-signature',
  signsFields: true,
  signsUpgrades: true,
  trustsV2: false,
  cancelsRequests: true,
  isOwnWord: (status, text, body) =>
    typeof Object(body)['api_id'] === 'string' || (status === 401 && NO_ACCESS.test(text)),
  dialled: digitsOf,
  party: withPlus,
  // Not stated by Plivo; its own client for Rust takes the samples as they are on a little-endian machine.
  l16: { in: 'pcm16le', out: 'pcm16le' },
  differences: {},
  addressed: (url) => url + RETRIES,
});
