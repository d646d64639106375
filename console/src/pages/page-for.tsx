import type { ComponentChildren } from 'preact';
import { onDemand } from '../components/on-demand.js';
import { HistoryPage } from './history.js';
import { LivePage } from './live.js';
import { NotFoundPage } from './not-found.js';

const AccountPage = onDemand(async () => (await import('./account.js')).AccountPage);
const AccountsPage = onDemand(async () => (await import('./accounts.js')).AccountsPage);
const AgentsPage = onDemand(async () => (await import('./agents.js')).AgentsPage);
const AlertsPage = onDemand(async () => (await import('./alerts.js')).AlertsPage);
const AuditPage = onDemand(async () => (await import('./audit.js')).AuditPage);
const CallPage = onDemand(async () => (await import('./call.js')).CallPage);
const DoctorPage = onDemand(async () => (await import('./doctor.js')).DoctorPage);
const InstancesPage = onDemand(async () => (await import('./instances.js')).InstancesPage);
const NumbersPage = onDemand(async () => (await import('./numbers.js')).NumbersPage);
const PhonePage = onDemand(async () => (await import('./phone.js')).PhonePage);
const PlacePage = onDemand(async () => (await import('./place.js')).PlacePage);
const SettingsPage = onDemand(async () => (await import('./settings.js')).SettingsPage);
const SoundsPage = onDemand(async () => (await import('./sounds.js')).SoundsPage);
const UsersPage = onDemand(async () => (await import('./users.js')).UsersPage);
const VersionsPage = onDemand(async () => (await import('./versions.js')).VersionsPage);
const WebhookPage = onDemand(async () => (await import('./webhook.js')).WebhookPage);
const WebhooksPage = onDemand(async () => (await import('./webhooks.js')).WebhooksPage);
const WorkflowPage = onDemand(async () => (await import('./workflow.js')).WorkflowPage);
const WorkflowsPage = onDemand(async () => (await import('./workflows.js')).WorkflowsPage);

/**
 * Every address of the console and its page. Only the first page and the history, which is
 * to be there in the time of a blink, are loaded with the console.
 */
const PAGES: ReadonlyArray<
  [pattern: RegExp, page: (id: number, name: string) => ComponentChildren]
> = [
  [/^$/, () => <LivePage />],
  [/^calls$/, () => <HistoryPage />],
  [/^calls\/(\d{1,16})$/, (id) => <CallPage runId={id} />],
  [/^place$/, () => <PlacePage />],
  [/^workflows$/, () => <WorkflowsPage />],
  [/^workflows\/new$/, () => <WorkflowPage workflowId={null} />],
  [/^workflows\/(\d{1,16})$/, (id) => <WorkflowPage workflowId={id} />],
  [/^workflows\/(\d{1,16})\/versions$/, (id) => <VersionsPage workflowId={id} />],
  [/^agents$/, () => <AgentsPage />],
  [/^sounds$/, () => <SoundsPage />],
  [/^numbers$/, () => <NumbersPage />],
  [/^webhooks$/, () => <WebhooksPage />],
  [/^webhooks\/new$/, () => <WebhookPage endpointId={null} />],
  [/^webhooks\/(\d{1,16})$/, (id) => <WebhookPage endpointId={id} />],
  [/^accounts$/, () => <AccountsPage />],
  // No account can have this key.
  [/^accounts\/_new$/, () => <AccountPage accountKey={null} />],
  [/^accounts\/([a-z0-9-]{1,40})$/, (_, key) => <AccountPage accountKey={key} />],
  [/^instances$/, () => <InstancesPage />],
  [/^alerts$/, () => <AlertsPage />],
  [/^users$/, () => <UsersPage />],
  [/^audit$/, () => <AuditPage />],
  [/^settings$/, () => <SettingsPage />],
  [/^doctor$/, () => <DoctorPage />],
  [/^phone$/, () => <PhonePage />],
];

export function pageFor(path: string): ComponentChildren {
  for (const [pattern, page] of PAGES) {
    const match = pattern.exec(path);
    if (match) return page(Number(match[1]), match[1] ?? '');
  }
  return <NotFoundPage />;
}
