import { down, skipped, up, type Check } from '../check.js';

/** Does the account take the calls that it is asked to dial? */
export const carrierDials: Check = {
  name: 'carrier-dials',
  title: "The account's dials",
  group: 'Set-up',
  perAccount: true,
  look({ provider, circuits, howToConfigure }) {
    if (!provider) return skipped('No carrier is configured.', howToConfigure);
    const failing = circuits.failing().find(({ account }) => account === provider.key);
    if (!failing || failing.state === 'closed') {
      return up('The account is asked for every call that is to be dialled through it.');
    }
    const { reason } = failing;
    return down(
      `The account's dials keep failing (${reason.slice(0, 200)}), so the routes of workflows pass it over.`,
      'Settle it at the carrier. One call tries the account again every minute.',
      { reason },
    );
  },
};
