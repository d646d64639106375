import { skipped, up, warn, type Check } from '../check.js';
import type { Examination } from '../examination.js';

const WARN_MS = 5_000;

/** Does this machine's clock agree with the carrier's? */
export const clockCheck: Check<Pick<Examination, 'provider'>> = {
  name: 'clock',
  title: 'The clock',
  group: 'Set-up',
  perAccount: true,
  async look({ provider }) {
    if (!provider?.diagnostics) return skipped('No carrier is configured whose clock to compare.');
    const result = await provider.diagnostics.time();
    if (result.kind === 'failed') return skipped(`The carrier tells no time (${result.message}).`);
    const seconds = Math.round(result.aheadMs / 100) / 10;
    const detail = { carrier_ahead_s: seconds };
    if (Math.abs(result.aheadMs) <= WARN_MS) {
      return up(`This clock and the carrier's agree within ${Math.abs(seconds)} s.`, detail);
    }
    return warn(
      `This clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'behind' : 'ahead of'} the carrier's.`,
      'Let the machine keep its clock by NTP (timedatectl set-ntp true): durations and expiries go wrong.',
      detail,
    );
  },
};
