/** A request exactly as the carrier would make it, signature included. */
export interface SyntheticRequest {
  method: 'POST';
  headers: Record<string, string>;
  body: string;
}

/** The carrier's account, as our credentials see it. */
export type AccountResult =
  | {
      kind: 'found';
      active: boolean;
      /** The carrier's own word, e.g. `suspended`. */
      status: string;
      trial: boolean;
    }
  /** The credentials are right, but may not read the account itself. */
  | { kind: 'hidden' }
  /** The credentials are wrong. */
  | { kind: 'refused'; message: string }
  | { kind: 'failed'; message: string };

/** A line of the carrier's own log about us. */
export interface CarrierAlert {
  code: string;
  level: 'error' | 'warning' | 'notice';
  at: Date | null;
  /**
   * The host that the carrier asked when the error happened, in lower case; null where the log does
   * not say.
   */
  host: string | null;
}

export type AlertsResult =
  /** Newest first. */
  | { kind: 'found'; alerts: CarrierAlert[] }
  /** The account may not read the alerts, or the carrier keeps none. */
  | { kind: 'not-allowed'; message: string }
  | { kind: 'failed'; message: string };

/** What a code of the carrier's log means. */
export interface AlertMeaning {
  meaning: string;
  fix: string;
  /** True for entries that are logged even when everything works as intended. */
  harmless?: boolean;
}

/** A number of the account, and the address that the carrier asks when the number is called. */
export interface OwnedNumber {
  /** E.164. */
  number: string;
  answerUrl: string;
  /** Empty where none is configured. */
  statusCallbackUrl: string;
  /** The HTTP method of the status callback; we do not serve every method. */
  statusCallbackMethod: string;
  /**
   * What takes the place of the URLs at the carrier, if anything does. Setting the URLs again takes
   * a number out of an application, but not out of a SIP trunk.
   */
  overriddenBy: 'application' | 'trunk' | null;
}

export type OwnedNumbersResult =
  { kind: 'found'; numbers: OwnedNumber[] } | { kind: 'failed'; message: string };

export type CarrierTimeResult =
  /** Milliseconds by which the carrier's clock is ahead of ours; accurate to a second. */
  { kind: 'found'; aheadMs: number } | { kind: 'failed'; message: string };

/**
 * What a carrier can report about itself and about us. Only the doctor uses it, when somebody runs
 * it. Never throws; messages contain no numbers or secrets. Each request gives up after some
 * seconds.
 */
export abstract class CarrierDiagnostics {
  /**
   * A signed request for instructions about an outbound call that does not exist. Pure, except for
   * the call's random id.
   *
   * @param url the answer URL, absolute, with the ids
   */
  abstract syntheticAnswer(url: string): SyntheticRequest;

  /**
   * The names of the headers, in lower case, that must arrive with every request of this carrier.
   */
  abstract readonly signatureHeaders: readonly string[];

  /** What to do about the account, in sentences for an operator. */
  abstract readonly advice: {
    /** The credentials are wrong. */
    refused: string;
    /** The API could not be asked. */
    unreachable: string;
    /** What a trial account cannot do. */
    trial: string;
  };

  abstract account(): Promise<AccountResult>;

  /** At most the latest 200 alerts. */
  abstract alerts(since: Date): Promise<AlertsResult>;

  /** Null for a code about which we know no more than the carrier's pages say. */
  abstract explain(code: string): AlertMeaning | null;

  /** Every number of the account, up to 1000. */
  abstract ownedNumbers(): Promise<OwnedNumbersResult>;

  /** Needs no valid credentials. */
  abstract time(): Promise<CarrierTimeResult>;
}
