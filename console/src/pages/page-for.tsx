import type { ComponentChildren } from 'preact';
import { AccountPage } from './account.js';
import { AccountsPage } from './accounts.js';
import { CallPage } from './call.js';
import { DoctorPage } from './doctor.js';
import { HistoryPage } from './history.js';
import { InstancesPage } from './instances.js';
import { LivePage } from './live.js';
import { NotFoundPage } from './not-found.js';
import { NumbersPage } from './numbers.js';
import { PhonePage } from './phone.js';
import { PlacePage } from './place.js';
import { WorkflowPage } from './workflow.js';
import { WorkflowsPage } from './workflows.js';

/** Every address of the console and its page. */
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
  [/^numbers$/, () => <NumbersPage />],
  [/^accounts$/, () => <AccountsPage />],
  // No account can have this key.
  [/^accounts\/_new$/, () => <AccountPage accountKey={null} />],
  [/^accounts\/([a-z0-9-]{1,40})$/, (_, key) => <AccountPage accountKey={key} />],
  [/^instances$/, () => <InstancesPage />],
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
