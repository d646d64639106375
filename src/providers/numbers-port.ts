/** What became of the wish that a number of ours leads to us. */
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

/** For carriers that keep the addresses of each number: where its calls ask, and where they are told. */
export abstract class NumbersPort {
  /** The addresses as they are written at the carrier, with what the family adds to them. Pure. */
  abstract urlsFor(urls: { answer: string; events: string }): NumberUrls;

  /**
   * Makes calls to a number of the account ask us, and their ends be told to us.
   * May be repeated. Never throws.
   */
  abstract configure(number: string, urls: NumberUrls): Promise<ConfigureNumberResult>;
}
