import { down, fixesOf, up, type Check } from '../check.js';

/** Can every account of the store be used? */
export const carrierAccounts: Check = {
  name: 'carrier-accounts',
  title: 'Carrier accounts in the store',
  group: 'Set-up',
  appliesTo: ({ stored }) => stored.total > 0,
  look({ stored, providers }) {
    const { total, unusable } = stored;
    const detail = {
      accounts: total,
      disabled: providers.all().filter((account) => !providers.mayCall(account)).length,
      unusable: unusable.map(([account, { kind }]) => ({ account, because: kind })),
    };
    if (unusable.length === 0) return up(`All ${total} account(s) can be used.`, detail);
    return down(
      `Of ${total} account(s) ${unusable.length} cannot be used; their calls are answered with 503. ${unusable
        .map(([account, { reason }]) => `${account}: ${reason}`)
        .join(' ')}`,
      fixesOf(unusable.map(([, fault]) => fault)),
      detail,
    );
  },
};
