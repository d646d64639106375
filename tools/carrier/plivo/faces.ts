import type { IncomingHttpHeaders } from 'node:http';
import { plivoHeaders, vobizHeaders, type SignedRequest } from './signing.js';

/** In which the carriers that speak Plivo's protocol differ, as their own pages say. */
export interface Face {
  kind: 'plivo' | 'vobiz';
  /** Where its API begins. */
  root: string;
  isAuthorised(headers: IncomingHttpHeaders, authId: string, authToken: string): boolean;
  sign(request: SignedRequest, authToken: string): Record<string, string>;
  signsUpgrades: boolean;
  /** Whether a request and its call have one id. */
  oneId: boolean;
  /** Whether a call that rings is ended by the name of its request. */
  cancelsRequests: boolean;
  /** What a path with a letter of the wrong case, or without its last slash, is answered with. */
  wrongPath: 401 | 404;
  /** Whether the stream takes `sendDTMF`, and whether it takes `stop`. */
  streamWords: ReadonlySet<string>;
  /** The number within an instruction. */
  isDialled(number: string): boolean;
  /** The byte order of the samples that are sent, and of those that are received. */
  l16: { sent: 'be' | 'le'; received: 'be' | 'le' };
}

export const PLIVO_FACE: Face = {
  kind: 'plivo',
  root: '/v1',
  isAuthorised: ({ authorization }, authId, authToken) =>
    authorization === `Basic ${Buffer.from(`${authId}:${authToken}`).toString('base64')}`,
  sign: plivoHeaders,
  signsUpgrades: true,
  oneId: false,
  cancelsRequests: true,
  wrongPath: 404,
  streamWords: new Set(['playAudio', 'checkpoint', 'clearAudio', 'sendDTMF']),
  isDialled: (number) => /^[1-9]\d{6,14}$/.test(number),
  l16: { sent: 'le', received: 'le' },
};

export const VOBIZ_FACE: Face = {
  kind: 'vobiz',
  root: '/api/v1',
  isAuthorised: (headers, authId, authToken) =>
    headers['x-auth-id'] === authId && headers['x-auth-token'] === authToken,
  sign: vobizHeaders,
  signsUpgrades: false,
  oneId: true,
  cancelsRequests: false,
  wrongPath: 401,
  streamWords: new Set(['playAudio', 'checkpoint', 'clearAudio', 'stop']),
  isDialled: (number) => /^\+[1-9]\d{6,14}$/.test(number),
  l16: { sent: 'be', received: 'le' },
};
