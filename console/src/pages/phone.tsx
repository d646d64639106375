import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../api/http.js';
import type { Agent } from '../api/types.js';
import { DialNumber } from '../components/dial-number.js';
import { Field } from '../components/field.js';
import { PageHeading } from '../components/heading.js';
import { Level } from '../components/level.js';
import { NoWorkflow } from '../components/no-workflow.js';
import { PhoneDevices, PhoneVolume } from '../components/phone-devices.js';
import { ErrorNotice, Notice } from '../components/notice.js';
import { rich } from '../components/rich.js';
import { TalkTime } from '../components/talk-time.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { WorkflowTrouble } from '../components/workflow-trouble.js';
import { useList, useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { useThisPhone } from '../phone/phone-context.js';
import { PHONE_STATES, type Phone } from '../phone/use-phone.js';
import { keep, kept } from '../phone/kept.js';
import { Link, useRouter } from '../router.js';
import { workflowTrouble } from '../words/agents.js';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

export function PhonePage() {
  const { data, error } = useLoad<{ available: boolean }>('console/api/phone');
  return (
    <>
      <PageHeading>{m.phone.phone}</PageHeading>
      {error ? <Notice tone="bad">{messageOf(error)}</Notice> : null}
      {data && !data.available ? (
        <Notice tone="neutral">
          {rich(m.phone.callsAreRealHereAnd, { marks: { code: (text) => <code>{text}</code> } })}
        </Notice>
      ) : null}
      {data?.available ? <Telephone /> : null}
    </>
  );
}

function Telephone() {
  const phone = useThisPhone();
  const { workflows, loaded, error } = useWorkflowNames();
  const agents = useList<Agent>('api/v1/agents').data?.data;
  const { query } = useRouter();
  const [chosen, setChosen] = useState(() => query.get('workflow') ?? kept('workflow') ?? '');
  // One that was deleted meanwhile is not offered again.
  const known = workflows.find(({ workflow_id: id }) => String(id) === chosen) ?? workflows[0];
  const workflowId = known?.workflow_id ?? 0;
  const free = phone.state === 'idle' || phone.state === 'ended';
  // Nobody would answer it.
  const inTrouble = known && agents ? workflowTrouble(known, agents) !== null : false;
  if (loaded && workflows.length === 0) return <NoWorkflow />;
  return (
    <div class="telephone">
      <div class="phone-forms">
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            keep('workflow', String(workflowId));
            phone.ring(workflowId);
          }}
        >
          <p class="intro">{m.phone.aWorkflowCallsThisBrowser}</p>
          <Field label={m.common.workflow} id="phone-workflow" hint={m.phone.itsAgentTalksWithYou}>
            <select
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
          {known && agents ? <WorkflowTrouble workflow={known} agents={agents} /> : null}
          <div class="actions">
            <button type="submit" disabled={!free || workflowId === 0 || inTrouble}>
              {m.phone.call}
            </button>
          </div>
          <ErrorNotice error={error ?? phone.error} />
        </form>
        <DialNumber phone={phone} />
        <PhoneDevices phone={phone} />
      </div>
      <Handset phone={phone} />
    </div>
  );
}

function Handset({ phone }: { phone: Phone }) {
  const section = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const answer = useRef<HTMLButtonElement>(null);
  const shown = useRef(phone.state);
  // The focus moves together with the text, because a person who reads it may press Enter at once.
  useLayoutEffect(() => {
    if (phone.state === 'ringing') answer.current?.focus();
    // The button that had the focus is gone, and the focus must not be lost with it.
    else if (shown.current !== phone.state && document.activeElement === document.body) {
      heading.current?.focus();
    }
    shown.current = phone.state;
  }, [phone.state]);
  const busy = phone.state !== 'idle' && phone.state !== 'ended';
  // Keys of the keyboard are keys of the telephone while it has the focus.
  useEffect(() => {
    const element = section.current;
    if (phone.state !== 'talking' || !element) return undefined;
    const onKeyDown = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): void => {
      if (KEYS.includes(key) && !ctrlKey && !metaKey && !altKey) phone.press(key);
    };
    element.addEventListener('keydown', onKeyDown);
    return () => element.removeEventListener('keydown', onKeyDown);
  }, [phone.state]);
  return (
    <section
      ref={section}
      class="handset"
      aria-labelledby="handset-heading"
      data-state={phone.state}
    >
      <h2 id="handset-heading" ref={heading} tabIndex={-1}>
        {m.phone.yourTelephone}
      </h2>
      <p role="status" class="handset-state">
        {PHONE_STATES[phone.state]}
        {phone.number && busy && phone.state !== 'dialling' ? (
          <span class="faint"> {phone.number}</span>
        ) : null}
      </p>
      {phone.state === 'talking' && phone.answeredAt !== null ? (
        <TalkTime since={phone.answeredAt} />
      ) : null}
      {phone.state === 'ended' && phone.refusal ? (
        <Notice tone="bad">{phone.refusal}</Notice>
      ) : null}
      {phone.caption ? (
        <p class="caption" role="status">
          <span class="faint">{m.phone.theCarriersVoiceSays}</span> {phone.caption}
        </p>
      ) : null}
      {busy ? (
        <div class="actions">
          {phone.state === 'ringing' ? (
            <button ref={answer} type="button" onClick={phone.answer}>
              {m.phone.answer}
            </button>
          ) : null}
          <button type="button" class="danger" onClick={phone.hangUp}>
            {phone.state === 'ringing' ? m.phone.decline : m.common.hangUp}
          </button>
        </div>
      ) : null}
      {phone.state === 'talking' ? <Talk phone={phone} /> : null}
      <PhoneVolume phone={phone} />
      {phone.runId === null ? null : (
        <p>
          <Link to={`calls/${phone.runId}`}>
            {fill(m.phone.callNumber, { runId: phone.runId })}
          </Link>{' '}
          {busy ? m.phone.hasItsOwnPageWhich : m.phone.hasItsOwnPageWith}
        </p>
      )}
    </section>
  );
}

function Talk({ phone }: { phone: Phone }) {
  return (
    <>
      <Level label={m.phone.you} read={() => phone.levels().spoken} />
      <Level label={m.phone.agent} read={() => phone.levels().heard} />
      <label class="tick">
        <input
          type="checkbox"
          checked={phone.muted}
          onChange={(event) => phone.mute(event.currentTarget.checked)}
        />
        {m.phone.mute}
      </label>
      <div class="keypad" role="group" aria-label={m.phone.keys}>
        {KEYS.map((key) => (
          <button key={key} type="button" class="plain" onClick={() => phone.press(key)}>
            {key}
          </button>
        ))}
      </div>
    </>
  );
}
