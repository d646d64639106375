import type { Check } from './check.js';
import { agentServers } from './checks/agent-servers.js';
import { agentsCheck } from './checks/agents.js';
import { alertsCheck } from './checks/alerts.js';
import { answerUrlCheck } from './checks/answer-url.js';
import { balancerCheck } from './checks/balancer.js';
import { busCheck } from './checks/bus.js';
import { carrierAccounts } from './checks/carrier-accounts.js';
import { carrierAlerts } from './checks/carrier-alerts.js';
import { carrierCredentials } from './checks/carrier-credentials.js';
import { carrierDials } from './checks/carrier-dials.js';
import { carrierRetries } from './checks/carrier-retries.js';
import { clockCheck } from './checks/clock.js';
import { cpu } from './checks/cpu.js';
import { disk } from './checks/disk.js';
import { dns } from './checks/dns.js';
import { eventDeliveries } from './checks/event-deliveries.js';
import { instanceClocks } from './checks/instance-clocks.js';
import { instanceSettings } from './checks/instance-settings.js';
import { instancesCheck } from './checks/instances.js';
import { loopLag } from './checks/loop-lag.js';
import { memory } from './checks/memory.js';
import { migrationsCheck } from './checks/migrations.js';
import { numbersCheck } from './checks/numbers.js';
import { recentCallbacks } from './checks/recent-callbacks.js';
import { recordingsCheck } from './checks/recordings.js';
import { refusalsCheck } from './checks/refusals.js';
import { roundTrip } from './checks/round-trip.js';
import { runIdInUrl } from './checks/run-id-in-url.js';
import { settingsCheck } from './checks/settings.js';
import { standbyCheck } from './checks/standby.js';
import { storeCheck } from './checks/store.js';
import { tls } from './checks/tls.js';
import { websocketIdle } from './checks/websocket-idle.js';
import { websocketUpgrade } from './checks/websocket-upgrade.js';

/** Every check, in the order in which it is shown. A new check is a file in `checks/` and a line here. */
export const CHECKS: readonly Check[] = [
  dns,
  tls,
  answerUrlCheck,
  websocketUpgrade,
  websocketIdle,
  roundTrip,
  loopLag,
  memory,
  cpu,
  recentCallbacks,
  refusalsCheck,
  carrierRetries,
  carrierAlerts,
  runIdInUrl,
  agentsCheck,
  agentServers,
  eventDeliveries,
  alertsCheck,
  carrierAccounts,
  carrierCredentials,
  carrierDials,
  numbersCheck,
  storeCheck,
  migrationsCheck,
  standbyCheck,
  disk,
  recordingsCheck,
  clockCheck,
  settingsCheck,
  instancesCheck,
  instanceClocks,
  instanceSettings,
  busCheck,
  balancerCheck,
];
