import type { AlertMetrics } from '../../shared/metrics/alert-metrics.js';
import { fromCounts, only, type Family } from './family.js';

/** The metrics of messages to people. */
export function alertFamilies(metrics: AlertMetrics): Family[] {
  return [
    {
      name: 'alert_messages_total',
      help: 'Tries to tell people what turned, by channel and result.',
      type: 'counter',
      labels: ['channel', 'result'],
      read: () => fromCounts(metrics.messages.counted()),
    },
    {
      name: 'alert_checks_down',
      help: 'Checks of the doctor that were down in the last round; absent where this instance makes none.',
      type: 'gauge',
      read: () => (metrics.checksDown === null ? [] : only(metrics.checksDown)),
    },
  ];
}
