import type { Endpoint } from '../api/system-types.js';
import { Badge } from '../components/badge.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { rich } from '../components/rich.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { useList } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { Link } from '../router.js';
import { endpointWords, toldText } from '../words/deliveries.js';

/** The addresses of the user's own services that are told about calls. */
export function WebhooksPage() {
  const { data, error } = useList<Endpoint>('api/v1/webhook-endpoints');
  const { nameOf } = useWorkflowNames();
  return (
    <>
      <PageHeading
        actions={
          <Link to="webhooks/new" class="button">
            {m.webhooks.newEndpoint}
          </Link>
        }
      >
        {m.webhooks.webhooks}
      </PageHeading>
      <p class="intro">{m.webhooks.whichOfYourServicesAre}</p>
      <ErrorNotice error={error} />
      {data || error ? null : <Looking />}
      {data?.data.length === 0 ? (
        <p class="empty">
          {rich(m.webhooks.nobodyIsToldYetMake, {
            marks: { link: (text) => <Link to="webhooks/new">{text}</Link> },
          })}
        </p>
      ) : null}
      <ul class="cards" aria-label={m.webhooks.endpoints} hidden={!data?.data.length}>
        {data?.data.map((endpoint) => (
          <li key={endpoint.endpoint_id}>
            <h2 class="url">
              <Link to={`webhooks/${endpoint.endpoint_id}`}>{endpoint.url}</Link>{' '}
              <Badge words={endpointWords(endpoint)} />
            </h2>
            <p>
              {fill(m.webhooks.isToldOf, {
                events: toldText(endpoint),
                workflow:
                  endpoint.workflow_id === null
                    ? m.webhooks.everyWorkflow
                    : fill(m.webhooks.theWorkflow, { name: nameOf(endpoint.workflow_id) }),
              })}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
