import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { call as callApi } from '../api/http.js';
import type { TransferTarget } from '../api/types.js';
import { useAction } from '../hooks.js';
import { m } from '../messages/all.js';
import { Field } from './field.js';
import { Form } from './form.js';

const LABELS = {
  to: m.call.toWhom,
  announce: m.call.saidToThemFirst,
  timeout_seconds: m.call.letItRingSeconds,
};

interface TransferDialogProps {
  /** The path of the call in the API. */
  path: string;
  targets: readonly TransferTarget[];
  onDone: () => void;
  onCancel: () => void;
}

/** Asks to whom a call is to be transferred. Escape means to nobody. */
export function TransferDialog({ path, targets, onDone, onCancel }: TransferDialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [to, setTo] = useState('');
  const [announce, setAnnounce] = useState('');
  const [seconds, setSeconds] = useState('');
  const { busy, error, run } = useAction();
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    // The dialog is closed rather than just removed, so that the focus returns to where it was.
    return () => dialog?.close();
  }, []);
  const transfer = (): void =>
    run(async () => {
      await callApi('POST', `${path}/transfer`, {
        to: to.trim(),
        ...(announce.trim() === '' ? {} : { announce: announce.trim() }),
        ...(seconds === '' ? {} : { timeout_seconds: Number(seconds) }),
      });
      onDone();
    });
  return (
    <dialog ref={element} aria-labelledby={heading} onClose={onCancel}>
      <h2 id={heading}>{m.call.transferTheCall}</h2>
      <Form
        error={error}
        labels={LABELS}
        onSubmit={transfer}
        end={
          <div class="actions">
            <button type="button" class="plain" onClick={() => element.current?.close()}>
              {m.common.cancel}
            </button>
            <button type="submit" disabled={busy}>
              {busy ? m.call.transferring : m.call.transfer}
            </button>
          </div>
        }
      >
        <Field label={LABELS.to} id="transfer-to" name="to" hint={m.call.aNumberWithCountryCode}>
          <input
            required
            maxLength={50}
            list="transfer-targets"
            placeholder="+14155552671"
            autocomplete="off"
            value={to}
            onInput={(event) => setTo(event.currentTarget.value)}
          />
        </Field>
        <datalist id="transfer-targets">
          {targets.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </datalist>
        <Field
          label={LABELS.announce}
          id="transfer-announce"
          name="announce"
          hint={m.call.leftEmptyTheyHearThe}
        >
          <input
            maxLength={500}
            value={announce}
            onInput={(event) => setAnnounce(event.currentTarget.value)}
          />
        </Field>
        <Field
          label={LABELS.timeout_seconds}
          id="transfer-rings"
          name="timeout_seconds"
          hint={m.call.n5To120LeftEmpty}
        >
          <input
            type="number"
            min={5}
            max={120}
            value={seconds}
            onInput={(event) => setSeconds(event.currentTarget.value)}
          />
        </Field>
      </Form>
    </dialog>
  );
}
