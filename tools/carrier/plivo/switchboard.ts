import type { EndingName, ExchangeCall } from './exchange-call.js';
import type { Doubts, ExchangeOptions, Fault } from './exchange-options.js';
import type { ExchangeNumbers } from './numbers.js';

/** A call before it has a name of its own. */
export type NewCall = Partial<ExchangeCall> &
  Pick<ExchangeCall, 'direction' | 'from' | 'to' | 'urls'>;

/** What the carrier's API needs of the carrier. */
export interface Switchboard {
  readonly calls: readonly ExchangeCall[];
  readonly violations: string[];
  readonly options: ExchangeOptions;
  readonly doubts: Doubts;
  readonly numbers: ExchangeNumbers;
  /** What becomes of the next request; null: nothing unusual. */
  fault: Fault | null;
  onPlaced: (call: ExchangeCall) => void;
  add(call: NewCall): ExchangeCall;
  end(call: ExchangeCall, name: EndingName): Promise<void>;
  redirect(call: ExchangeCall, url: string): Promise<void>;
}
