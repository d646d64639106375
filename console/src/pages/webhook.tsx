import { useState } from 'preact/hooks';
import { call } from '../api/http.js';
import type { CreatedEndpoint, Endpoint, TestedEndpoint } from '../api/system-types.js';
import { Badge } from '../components/badge.js';
import { Deliveries } from '../components/deliveries.js';
import { DeleteButton } from '../components/delete-button.js';
import { EndpointForm } from '../components/endpoint-form.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice, Notice } from '../components/notice.js';
import { rich } from '../components/rich.js';
import { ShownOnce } from '../components/shown-once.js';
import { useAction, useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { Link } from '../router.js';
import { endpointWords, testText } from '../words/deliveries.js';

const PATH = 'api/v1/webhook-endpoints';

export function WebhookPage({ endpointId }: { endpointId: number | null }) {
  return endpointId === null ? <NewEndpoint /> : <OneEndpoint path={`${PATH}/${endpointId}`} />;
}

function NewEndpoint() {
  const [made, setMade] = useState<CreatedEndpoint | null>(null);
  return (
    <>
      <PageHeading>{m.webhooks.newEndpoint}</PageHeading>
      {made ? (
        <>
          <ShownOnce value={made.secret}>{m.webhooks.thisIsTheSecretThat}</ShownOnce>
          <p>
            <Link to={`webhooks/${made.endpoint_id}`} class="button">
              {m.webhooks.goToTheEndpoint}
            </Link>
          </p>
        </>
      ) : (
        <EndpointForm
          endpoint={null}
          save={async (body) => setMade(await call<CreatedEndpoint>('POST', PATH, body))}
        />
      )}
    </>
  );
}

function OneEndpoint({ path }: { path: string }) {
  const { data: endpoint, error, fresh, reload } = useLoad<Endpoint>(path);
  return (
    <>
      <PageHeading actions={endpoint ? <Delete path={path} /> : null}>
        {endpoint ? new URL(endpoint.url).host : m.webhooks.endpoint}
      </PageHeading>
      <ErrorNotice error={error} />
      {endpoint && fresh ? (
        <>
          <p class="lead">
            <Badge words={endpointWords(endpoint)} />
            {endpoint.disabled_reason ? <span>{endpoint.disabled_reason}</span> : null}
          </p>
          <div class="form-and-wide">
            <div>
              <EndpointForm
                endpoint={endpoint}
                save={async (body) => {
                  await call('PATCH', path, body);
                  reload();
                }}
              />
              <Test path={path} onTested={reload} />
            </div>
            <Deliveries path={path} />
          </div>
        </>
      ) : error ? null : (
        <Looking />
      )}
    </>
  );
}

function Test({ path, onTested }: { path: string; onTested: () => void }) {
  const { busy, error, run } = useAction();
  const [result, setResult] = useState<TestedEndpoint | null>(null);
  const test = (): void =>
    run(async () => {
      setResult(null);
      setResult(await call<TestedEndpoint>('POST', `${path}/test`));
      // An endpoint that says that it is gone is disabled by that.
      onTested();
    });
  return (
    <section aria-labelledby="try">
      <h2 id="try">{m.webhooks.tryIt}</h2>
      <p class="hint">
        {rich(m.webhooks.sendsOneEventOfType, { marks: { code: (text) => <code>{text}</code> } })}
      </p>
      <ErrorNotice error={error} />
      {result ? <Notice tone={result.delivered ? 'good' : 'bad'}>{testText(result)}</Notice> : null}
      <p>
        <button type="button" class="plain" disabled={busy} onClick={test}>
          {busy ? m.webhooks.sending : m.webhooks.sendATestEvent}
        </button>
      </p>
    </section>
  );
}

function Delete({ path }: { path: string }) {
  return (
    <DeleteButton path={path} then="webhooks" title={m.webhooks.deleteThisEndpoint}>
      <p>{m.webhooks.itsListOfDeliveriesGoes}</p>
    </DeleteButton>
  );
}
