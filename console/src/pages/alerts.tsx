import { useState } from 'preact/hooks';
import { call } from '../api/http.js';
import type { Alert, Alerts } from '../api/system-types.js';
import { Badge } from '../components/badge.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice, Notice } from '../components/notice.js';
import { rich } from '../components/rich.js';
import { SimulatedMark } from '../components/simulated.js';
import { SystemPage } from '../components/system-nav.js';
import { useAction, useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { Link } from '../router.js';
import {
  alertDeliveryNote,
  alertDeliveryText,
  alertDeliveryWords,
  alertText,
  channelText,
  checkNews,
  maskedTo,
  rhythmText,
} from '../words/alerts.js';
import { CHECK_WORDS, checksOf } from '../words/checks.js';
import { dayTime, shortTime } from '../words/time.js';

/** A round of checks is a minute apart by default, and a message is on its way for seconds. */
const ASK_EVERY_MS = 15_000;
const PATH = 'api/v1/alerts';
/** The health line asks the same. */
const CHECKS = 'api/v1/telephony/diagnostics?max_age_seconds=60';

/** Whether people are told when something breaks, how, and what they were told. */
export function AlertsPage() {
  return (
    <SystemPage heading={m.alerts.alerts} refusal={m.alerts.onlyUser1MaySee}>
      <AlertsOverview />
    </SystemPage>
  );
}

function AlertsOverview() {
  const { data, error, reload } = useLoad<Alerts>(PATH, { refetchInterval: ASK_EVERY_MS });
  if (!data) {
    return (
      <>
        <ErrorNotice error={error} />
        {error ? null : <Looking />}
      </>
    );
  }
  return (
    <>
      <ErrorNotice error={error} />
      {data.enabled ? <Ways alerts={data} onTested={reload} /> : <HowToTurnOn />}
      <CheckStates alerts={data} />
      <Messages messages={data.messages} />
    </>
  );
}

function HowToTurnOn() {
  return (
    <section aria-labelledby="alerts-off">
      <h2 id="alerts-off">{m.alerts.nobodyIsTold}</h2>
      <p class="intro">{m.alerts.patchbayCanTellPeopleWhen}</p>
      <ol class="numbered">
        <li>
          {rich(m.alerts.inTheEnvironmentOrIn, { marks: { code: (text) => <code>{text}</code> } })}
        </li>
        <li>
          {rich(m.alerts.ifTheDefaultsDoNot, { marks: { code: (text) => <code>{text}</code> } })}
        </li>
        <li>{m.alerts.restartPatchbay}</li>
        <li>{m.alerts.sendATestMessageFrom}</li>
      </ol>
      <p>
        {rich(m.alerts.settingsShowsWhatIsSet, {
          marks: { link: (text) => <Link to="settings">{text}</Link> },
        })}
      </p>
    </section>
  );
}

function Ways({ alerts, onTested }: { alerts: Alerts; onTested: () => void }) {
  const { busy, error, run } = useAction();
  const [tested, setTested] = useState<Alert | null>(null);
  const test = (): void =>
    run(async () => {
      setTested(null);
      setTested(await call<Alert>('POST', `${PATH}/test`));
      onTested();
    });
  const delivered = tested?.deliveries.every(({ state }) => state === 'delivered');
  return (
    <section aria-labelledby="ways">
      <div class="section-heading">
        <h2 id="ways">{m.alerts.peopleAreTold}</h2>
        <button type="button" disabled={busy} onClick={test}>
          {busy ? m.alerts.sending : m.alerts.sendATestMessage}
        </button>
      </div>
      <p class="intro">{rhythmText(alerts)}</p>
      <ErrorNotice error={error} />
      {tested ? (
        <Notice tone={delivered ? 'good' : 'bad'}>
          {tested.deliveries.map((delivery) => (
            <p key={delivery.channel}>{alertDeliveryText(delivery)}</p>
          ))}
        </Notice>
      ) : null}
      <ul class="cards" aria-label={m.alerts.ways}>
        {alerts.channels.map((channel) => (
          <li key={channel.channel}>
            <h3>{channelText(channel.channel)}</h3>
            <p class="url">{maskedTo(channel)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function CheckStates({ alerts }: { alerts: Alerts }) {
  const { data, error } = useLoad<Record<string, unknown>>(CHECKS);
  const rows = checkNews(checksOf(data ?? {}), alerts, Date.now());
  return (
    <section aria-labelledby="alert-checks">
      <h2 id="alert-checks">{m.alerts.checks}</h2>
      <p class="hint">{m.alerts.onlyACheckThatIs}</p>
      <ErrorNotice error={error} />
      {data || error ? null : <Looking />}
      <ul class="cards alert-checks" aria-label={m.alerts.checks} hidden={rows.length === 0}>
        {rows.map(({ name, title, status, since, told }) => (
          <li key={name} data-status={status}>
            <Badge words={CHECK_WORDS[status]} />
            <Link to={`doctor?check=${name}`}>{title}</Link>
            <span class="faint">
              {since === null ? null : (
                <>
                  {rich(m.alerts.since, {
                    values: { since: <time dateTime={since}>{shortTime(since)}</time> },
                  })}
                </>
              )}
            </span>
            <span class="faint">{told}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Messages({ messages }: { messages: readonly Alert[] }) {
  return (
    <section aria-labelledby="alert-messages">
      <h2 id="alert-messages">{m.alerts.messages}</h2>
      {messages.length === 0 ? <p class="empty">{m.alerts.nobodyWasToldAnythingYet}</p> : null}
      <ul
        class="cards alert-messages"
        aria-label={m.alerts.messages}
        hidden={messages.length === 0}
      >
        {messages.map((message) => (
          <li key={message.alert_id}>
            <p>
              <strong>{alertText(message)}</strong> <SimulatedMark simulated={message.simulated} />
            </p>
            <p class="faint">
              {rich(m.alerts.seenBy, {
                values: {
                  createdAt: (
                    <time dateTime={message.created_at}>{dayTime(message.created_at)}</time>
                  ),
                  instance: message.instance,
                },
              })}
            </p>
            {message.deliveries.map((delivery) => (
              <p key={delivery.channel} class="alert-delivery">
                <Badge words={alertDeliveryWords(delivery)} />{' '}
                <span>{alertDeliveryNote(delivery)}</span>
              </p>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
