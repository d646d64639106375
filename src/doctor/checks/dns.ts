import { isPrivateAddress } from '../../shared/private-address.js';
import { down, skipped, up, warn, type Check } from '../check.js';
import type { Examination } from '../examination.js';

/** Does the public name resolve? */
export const dns: Check<Pick<Examination, 'road' | 'origin' | 'accounts'>> = {
  name: 'dns',
  title: 'The public host name',
  group: 'Webhook URL',
  async look({ road, origin, accounts }) {
    if (origin.source === 'none') {
      const fix = origin.fix ?? 'Set PUBLIC_URL.';
      const because = origin.lastError ?? 'PUBLIC_URL is not set';
      if (accounts.length === 0) {
        return skipped('No public address is known, and no carrier is configured.', fix);
      }
      return accounts.every(({ provider }) => !provider.capabilities.needsPublicUrl)
        ? skipped('No public address is known, and no carrier needs one.')
        : down(`No public address is known: ${because}.`, fix, { source: origin.source });
    }
    if (road.absence !== null) return skipped(road.absence);
    const { host } = road;
    const detail = { host, source: origin.source };
    const result = await road.dns();
    if ('error' in result) {
      const code = 'code' in result.error ? String(result.error.code) : 'unknown';
      return down(
        `${host} cannot be looked up (${code}).`,
        origin.source === 'tunnel'
          ? 'The tunnel has gone, or its name is not yet known everywhere: look at the log of cloudflared and try again in a minute.'
          : 'Create the DNS record of this host, or correct PUBLIC_URL.',
        { ...detail, code },
      );
    }
    const { addresses } = result;
    if (addresses.length === 0) {
      return down(`${host} has no address.`, 'Create an A or AAAA record for it.', detail);
    }
    const found = { ...detail, addresses };
    if (addresses.some(isPrivateAddress)) {
      return warn(
        `${host} leads to a private address from here.`,
        'Carriers need a public one. If your network answers differently inside than outside, check it from outside.',
        found,
      );
    }
    if (origin.stale) {
      return warn(
        `${host} resolves, but the tunnel has not confirmed the name lately.`,
        origin.fix ?? 'Look at the log of cloudflared.',
        found,
      );
    }
    return up(`${host} leads to ${addresses.length} public address(es).`, found);
  },
};
