/** A request exactly as the carrier would make it, signature included. */
export interface SyntheticRequest {
  method: 'POST';
  headers: Record<string, string>;
  body: string;
}

/** The carrier's account, as it is asked with our credentials. */
export type AccountResult =
  | {
      kind: 'found';
      active: boolean;
      /** The carrier's word, e.g. `suspended`. */
      status: string;
      trial: boolean;
    }
  /** The credentials are right, and may not see the account itself. */
  | { kind: 'hidden' }
  /** The credentials are wrong. */
  | { kind: 'refused'; message: string }
  | { kind: 'failed'; message: string };

/** A line of the carrier's own log about us. */
export interface CarrierAlert {
  code: string;
  level: 'error' | 'warning' | 'notice';
  at: Date | null;
  /** Whom the carrier asked when it went wrong, in lower case; null where it does not say. */
  host: string | null;
}

export type AlertsResult =
  /** Newest first. */
  | { kind: 'found'; alerts: CarrierAlert[] }
  /** The account may not read them, or the carrier keeps none. */
  | { kind: 'not-allowed'; message: string }
  | { kind: 'failed'; message: string };

/** What a code of the carrier's log means. */
export interface AlertMeaning {
  meaning: string;
  fix: string;
  /** True for what is logged even when all is as intended. */
  harmless?: boolean;
}

/** A number of the account, and what the carrier asks when it is called. */
export interface OwnedNumber {
  /** E.164. */
  number: string;
  answerUrl: string;
  /** Empty where none is configured. */
  statusCallbackUrl: string;
  /** How the latter is asked; not every method is served. */
  statusCallbackMethod: string;
  /**
   * What at the carrier takes the place of the URLs, if anything does. Setting
   * them anew takes a number out of an application, not out of a SIP trunk.
   */
  overriddenBy: 'application' | 'trunk' | null;
}

export type OwnedNumbersResult =
  { kind: 'found'; numbers: OwnedNumber[] } | { kind: 'failed'; message: string };

export type CarrierTimeResult =
  /** Milliseconds by which the carrier's clock is ahead of ours; exact to a second. */
  { kind: 'found'; aheadMs: number } | { kind: 'failed'; message: string };

/**
 * What a carrier can tell about itself and about us: for the doctor alone,
 * asked when somebody runs it. Never throws; messages hold no numbers or
 * secrets. Each request gives up after some seconds.
 */
export abstract class CarrierDiagnostics {
  /**
   * A signed question for instructions about an outbound call that does not
   * exist. Pure, but for the call's random id.
   *
   * @param url the answer URL, absolute, with the ids
   */
  abstract syntheticAnswer(url: string): SyntheticRequest;

  /** Header names, in lower case, that must arrive with every request of this carrier. */
  abstract readonly signatureHeaders: readonly string[];

  abstract account(): Promise<AccountResult>;

  /** At most the latest 200. */
  abstract alerts(since: Date): Promise<AlertsResult>;

  /** Null for a code of which we know no more than the carrier's pages say. */
  abstract explain(code: string): AlertMeaning | null;

  /** Every number of the account, up to 1000. */
  abstract ownedNumbers(): Promise<OwnedNumbersResult>;

  /** Needs no valid credentials. */
  abstract time(): Promise<CarrierTimeResult>;
}
