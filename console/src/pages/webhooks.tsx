import type { Endpoint } from '../api/system-types.js';
import { Badge } from '../components/badge.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { useList } from '../hooks.js';
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
            New endpoint
          </Link>
        }
      >
        Webhooks
      </PageHeading>
      <p class="intro">
        Which of your services are told what happens to calls. Each event is signed, and sent again
        for a day until it is delivered.
      </p>
      <ErrorNotice error={error} />
      {data || error ? null : <Looking />}
      {data?.data.length === 0 ? (
        <p class="empty">
          Nobody is told yet. <Link to="webhooks/new">Make the first endpoint</Link>, and your
          service hears of every call.
        </p>
      ) : null}
      <ul class="cards" aria-label="Endpoints" hidden={!data?.data.length}>
        {data?.data.map((endpoint) => (
          <li key={endpoint.endpoint_id}>
            <h2 class="url">
              <Link to={`webhooks/${endpoint.endpoint_id}`}>{endpoint.url}</Link>{' '}
              <Badge words={endpointWords(endpoint)} />
            </h2>
            <p>
              Is told {toldText(endpoint)} of{' '}
              {endpoint.workflow_id === null
                ? 'every workflow'
                : `the workflow ${nameOf(endpoint.workflow_id)}`}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
