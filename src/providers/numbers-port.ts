/** What became of the request that a number of ours leads to us. */
export type ConfigureNumberResult =
  | { kind: 'configured' }
  /** The account does not own the number. */
  | { kind: 'not-found' }
  | { kind: 'failed'; message: string };

/** What is configured at the carrier for a number; absolute. */
export interface NumberUrls {
  answerUrl: string;
  statusCallbackUrl: string;
}

/**
 * For carriers that keep the addresses of each number: where its calls ask for instructions, and
 * where they are reported.
 */
export abstract class NumbersPort {
  /**
   * The addresses in the form that is stored at the carrier, with the additions of the family.
   * Pure.
   */
  abstract urlsFor(urls: { answer: string; events: string }): NumberUrls;

  /**
   * Makes calls to a number of the account ask us for instructions and report their ends to us. May
   * be repeated. Never throws.
   */
  abstract configure(number: string, urls: NumberUrls): Promise<ConfigureNumberResult>;
}
