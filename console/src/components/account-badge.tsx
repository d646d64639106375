import type { CarrierAccount } from '../api/types.js';
import { accountState } from '../words/accounts.js';
import { Badge } from './badge.js';

/** Whether an account takes calls. */
export function AccountBadge({ account }: { account: CarrierAccount }) {
  return <Badge words={accountState(account)} data-state={account.state} />;
}
