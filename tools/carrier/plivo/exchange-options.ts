import type { Face } from './faces.js';

export interface ExchangeOptions {
  face: Face;
  authId: string;
  authToken: string;
  /** E.164: the numbers of the account. */
  numbers: readonly string[];
  /** Where the public origin of the gateway really leads; null: nowhere. */
  gateway: { origin: string; url: string } | null;
}

/** What the documents leave open, or contradict each other about; each may be either. */
export interface Doubts {
  /** Whether a request's id is its call's, as in the vectors of Plivo's libraries. Always so at Vobiz. */
  oneId: boolean;
  /** Whether callbacks name the request. */
  namesRequest: boolean;
  placedStatus: 200 | 201 | 202;
  requestAsList: boolean;
  refusalAs: 'json' | 'text';
  /** Where it tells that a phone rings. */
  ringAt: 'ring_url' | 'answer_url';
  versions: ReadonlyArray<'v2' | 'v3'>;
  extraHeadersAs: 'semicolons' | 'json' | 'braces';
  returnsCleared: boolean;
  saysStop: boolean;
}

export const USUAL: Doubts = {
  oneId: false,
  namesRequest: true,
  placedStatus: 201,
  requestAsList: false,
  refusalAs: 'json',
  ringAt: 'ring_url',
  versions: ['v2', 'v3'],
  extraHeadersAs: 'semicolons',
  returnsCleared: false,
  saysStop: false,
};

/**
 * What becomes of callbacks on their way: once, twice, not at all, or kept back until they are released in another
 * order. Questions always arrive.
 */
export type Delivery = 'once' | 'doubled' | 'lost' | 'held';

/** What becomes of the next request to the API: it is refused so, or carried out while its reply is lost. */
export type Fault = { status: number; body: string } | 'reply-lost';
