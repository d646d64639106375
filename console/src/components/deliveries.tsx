import { call } from '../api/http.js';
import type { Delivery } from '../api/system-types.js';
import { useAction } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill, plural } from '../messages/fill.js';
import { Link } from '../router.js';
import { deliveryWords } from '../words/deliveries.js';
import { clockTime, shortTime } from '../words/time.js';
import { Badge } from './badge.js';
import { Looking } from './looking.js';
import { ErrorNotice } from './notice.js';
import { rich } from './rich.js';
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
        <h2 id="deliveries">{m.webhooks.deliveries}</h2>
        <button type="button" class="plain" onClick={reload}>
          {m.webhooks.lookAgain}
        </button>
      </div>
      <ErrorNotice error={error} />
      {rows || error ? null : <Looking />}
      {rows?.length === 0 ? <p class="empty">{m.webhooks.nothingWasToBeSent}</p> : null}
      <ul class="cards deliveries" aria-label={m.webhooks.deliveries} hidden={!rows?.length}>
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
            {m.webhooks.showOlderOnes}
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
          {rich(m.webhooks.ofCall, {
            marks: { link: (text) => <Link to={`calls/${runId}`}>{text}</Link> },
            values: { type: <code>{type}</code>, runId },
          })}
        </span>
        <time dateTime={made}>{shortTime(made)}</time>
        <button
          type="button"
          class="plain"
          disabled={busy}
          aria-label={fill(m.webhooks.sendOfCallAgain, { type, runId })}
          onClick={replay}
        >
          {m.webhooks.sendAgain}
        </button>
      </div>
      {state === 'delivered' && attempts === 1 ? null : (
        <p class="faint">
          {attempts === 0 ? m.webhooks.notTriedYet : plural(m.webhooks.tried, attempts)}
          {status === null || wrong ? '' : ` · ${fill(m.webhooks.answeredWith, { status })}`}
          {next === null || attempts === 0
            ? ''
            : ` · ${fill(m.webhooks.nextTryAt, { time: clockTime(next) })}`}
        </p>
      )}
      {wrong && state !== 'delivered' ? <p class="field-error">{wrong}</p> : null}
      <ErrorNotice error={error} />
    </li>
  );
}
