import { down, skipped, up, warn, type Check } from '../check.js';

/** Does the carrier accept our credentials, and may the account do what we need? */
export const carrierCredentials: Check = {
  name: 'carrier-credentials',
  title: "The carrier's account",
  group: 'Set-up',
  async look({ provider, simulated }) {
    if (!provider) {
      return skipped(
        'No carrier is configured.',
        'Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM_NUMBERS.',
      );
    }
    if (!provider.diagnostics) return skipped('This carrier offers no way to ask.');
    const account = await provider.diagnostics.account();
    switch (account.kind) {
      case 'refused':
        return down(
          `The carrier refuses the credentials (${account.message}).`,
          'Copy account SID and auth token from the carrier’s console into TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, and the API key, where one is used, into TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET; each Twilio region has its own. Then restart.',
        );
      case 'hidden':
        return up(
          'The carrier accepts the API key. Whether the account is active, or a trial, a key of this kind may not see.',
        );
      case 'failed':
        return down(
          `The carrier's API cannot be asked (${account.message}).`,
          'Let this machine connect to the carrier’s API over https; with TWILIO_API_BASE_URL set, look at what listens there.',
        );
      case 'found': {
        const { active, status, trial } = account;
        const detail = { status, trial, simulated: simulated.enabled };
        if (!active) {
          return down(
            `The account is ${status.slice(0, 40)}.`,
            'Settle it in the carrier’s console: no call works before.',
            detail,
          );
        }
        if (trial) {
          return warn(
            'The account is a trial account: Twilio blocks media streams (<Stream>) on those, and calls only verified numbers.',
            'Upgrade the account.',
            detail,
          );
        }
        return up(
          simulated.enabled
            ? 'The simulated carrier is in use and accepts its credentials.'
            : 'The carrier accepts the credentials, and the account is active.',
          detail,
        );
      }
      default:
        return account satisfies never;
    }
  },
};
