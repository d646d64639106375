import { call } from '../api/http.js';
import type { Delivery } from '../api/system-types.js';
import { useAction } from '../hooks.js';
import { Link } from '../router.js';
import { deliveryWords } from '../words/deliveries.js';
import { clockTime, shortTime } from '../words/time.js';
import { Badge } from './badge.js';
import { Looking } from './looking.js';
import { ErrorNotice } from './notice.js';
import { usePages } from './use-pages.js';

/** While one is on its way its state may change at any moment. */
const ASK_EVERY_MS = 3_000;

/** The events that were or will be sent to an endpoint, newest first. */
export function Deliveries({ path }: { path: string }) {
  const { rows, complete, error, more, reload } = usePages<Delivery>(
    `${path}/deliveries`,
    (known) => (known.some(({ state }) => state === 'pending') ? ASK_EVERY_MS : false),
  );
  return (
    <section aria-labelledby="deliveries">
      <div class="section-heading">
        <h2 id="deliveries">Deliveries</h2>
        <button type="button" class="plain" onClick={reload}>
          Look again
        </button>
      </div>
      <ErrorNotice error={error} />
      {rows || error ? null : <Looking />}
      {rows?.length === 0 ? (
        <p class="empty">Nothing was to be sent yet. A call that changes appears here.</p>
      ) : null}
      <ul class="cards deliveries" aria-label="Deliveries" hidden={!rows?.length}>
        {rows?.map((delivery) => (
          <DeliveryRow
            key={delivery.delivery_id}
            path={path}
            delivery={delivery}
            onReplayed={reload}
          />
        ))}
      </ul>
      {rows?.length && !complete ? (
        <p>
          <button type="button" class="plain" onClick={more}>
            Show older ones
          </button>
        </p>
      ) : null}
    </section>
  );
}

interface DeliveryRowProps {
  path: string;
  delivery: Delivery;
  onReplayed: () => void;
}

function DeliveryRow({ path, delivery, onReplayed }: DeliveryRowProps) {
  const { busy, error, run } = useAction();
  const {
    delivery_id: id,
    workflow_run_id: runId,
    type,
    state,
    attempts,
    last_status: status,
    last_error: wrong,
    next_attempt_at: next,
    created_at: made,
  } = delivery;
  const replay = (): void =>
    run(async () => {
      await call('POST', `${path}/deliveries/${id}/replay`);
      onReplayed();
    });
  return (
    <li data-state={state}>
      <div class="delivery">
        <Badge words={deliveryWords(delivery)} />
        <span>
          <code>{type}</code> of <Link to={`calls/${runId}`}>call #{runId}</Link>
        </span>
        <time dateTime={made}>{shortTime(made)}</time>
        <button
          type="button"
          class="plain"
          disabled={busy}
          aria-label={`Send ${type} of call ${runId} again`}
          onClick={replay}
        >
          Send again
        </button>
      </div>
      {state === 'delivered' && attempts === 1 ? null : (
        <p class="faint">
          {attempts === 0
            ? 'not tried yet'
            : attempts === 1
              ? 'tried once'
              : `tried ${attempts} times`}
          {status === null || wrong ? '' : ` · answered with ${status}`}
          {next === null || attempts === 0 ? '' : ` · next try at ${clockTime(next)}`}
        </p>
      )}
      {wrong && state !== 'delivered' ? <p class="field-error">{wrong}</p> : null}
      <ErrorNotice error={error} />
    </li>
  );
}
