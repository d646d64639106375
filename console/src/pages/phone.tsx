import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../api/http.js';
import { Field } from '../components/field.js';
import { PageHeading } from '../components/heading.js';
import { Level } from '../components/level.js';
import { ErrorNotice, Notice } from '../components/notice.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { useLoad, useNow } from '../hooks.js';
import { usePhone, type Phone } from '../phone/use-phone.js';
import { Link } from '../router.js';
import { durationText } from '../words/time.js';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

const STATES: Record<Phone['state'], string> = {
  idle: 'Nobody is on the line.',
  calling: 'The call is being placed…',
  ringing: 'Your telephone rings.',
  talking: 'You are talking.',
  ended: 'The call is over.',
};

export function PhonePage() {
  const { data, error } = useLoad<{ available: boolean }>('console/api/phone');
  return (
    <>
      <PageHeading>Phone</PageHeading>
      {error ? <Notice tone="bad">{messageOf(error)}</Notice> : null}
      {data && !data.available ? (
        <Notice tone="neutral">
          A carrier is configured, so calls are real and ring real telephones. The phone in the
          browser is there with the simulated carrier: start without a carrier’s credentials, or
          with <code>SIMULATED_CARRIER=on</code>.
        </Notice>
      ) : null}
      {data?.available ? <Telephone /> : null}
    </>
  );
}

function Telephone() {
  const phone = usePhone();
  const { workflows } = useWorkflowNames();
  const [chosen, setChosen] = useState('');
  const workflowId = Number(chosen || workflows[0]?.workflow_id || 0);
  const free = phone.state === 'idle' || phone.state === 'ended';
  return (
    <>
      <p class="lead">
        A workflow calls this browser: your microphone and loudspeaker are the telephone, and the
        call takes the road of any other, through the simulated carrier.
      </p>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          phone.ring(workflowId);
        }}
      >
        <Field label="Workflow" id="phone-workflow" hint="Its agent talks with you.">
          <select
            id="phone-workflow"
            aria-describedby="phone-workflow-hint"
            value={String(workflowId)}
            disabled={!free}
            onChange={(event) => setChosen(event.currentTarget.value)}
          >
            {workflows.map((workflow) => (
              <option key={workflow.workflow_id} value={String(workflow.workflow_id)}>
                {workflow.name}
              </option>
            ))}
          </select>
        </Field>
        <div class="actions">
          <button type="submit" disabled={!free || workflowId === 0}>
            Call
          </button>
        </div>
      </form>
      <ErrorNotice error={phone.error} />
      <Handset phone={phone} />
    </>
  );
}

function Handset({ phone }: { phone: Phone }) {
  const answer = useRef<HTMLButtonElement>(null);
  // With the words that say so, not after: who reads them may press Enter at once.
  useLayoutEffect(() => {
    if (phone.state === 'ringing') answer.current?.focus();
  }, [phone.state]);
  const busy = phone.state === 'ringing' || phone.state === 'talking';
  return (
    <section class="handset" aria-labelledby="handset-heading" data-state={phone.state}>
      <h2 id="handset-heading">Your telephone</h2>
      <p role="status" class="handset-state">
        {STATES[phone.state]}
        {phone.number && busy ? <span class="faint"> {phone.number}</span> : null}
      </p>
      {phone.state === 'talking' ? <Talk phone={phone} /> : null}
      {phone.caption ? (
        <p class="caption" role="status">
          <span class="faint">The carrier’s voice says:</span> {phone.caption}
        </p>
      ) : null}
      {busy ? (
        <div class="actions">
          {phone.state === 'ringing' ? (
            <button ref={answer} type="button" onClick={phone.answer}>
              Answer
            </button>
          ) : null}
          <button type="button" class="danger" onClick={phone.hangUp}>
            {phone.state === 'ringing' ? 'Decline' : 'Hang up'}
          </button>
        </div>
      ) : null}
      {phone.runId === null ? null : (
        <p>
          <Link to={`calls/${phone.runId}`}>Call #{phone.runId}</Link> has what happened, and why.
        </p>
      )}
    </section>
  );
}

function Talk({ phone }: { phone: Phone }) {
  const now = useNow();
  return (
    <>
      <p class="duration">{durationText((now - (phone.answeredAt ?? now)) / 1000)}</p>
      <Level label="You" read={() => phone.levels().spoken} />
      <Level label="Agent" read={() => phone.levels().heard} />
      <label class="tick">
        <input
          type="checkbox"
          checked={phone.muted}
          onChange={(event) => phone.mute(event.currentTarget.checked)}
        />
        Mute
      </label>
      <div class="keypad" role="group" aria-label="Keys">
        {KEYS.map((key) => (
          <button key={key} type="button" class="plain" onClick={() => phone.press(key)}>
            {key}
          </button>
        ))}
      </div>
    </>
  );
}
