import type { CarrierAccount } from '../api/types.js';
import { accountState } from '../words/accounts.js';

/** Whether an account takes calls. */
export function AccountBadge({ account }: { account: CarrierAccount }) {
  const { text, tone, shape } = accountState(account);
  return (
    <span class={`badge ${tone}`} data-state={account.state}>
      <span class="shape" aria-hidden="true">
        {shape}
      </span>
      {text}
    </span>
  );
}
