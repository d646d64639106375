import { useState } from 'preact/hooks';
import { call as callApi } from '../api/http.js';
import type { Call, TransferTarget } from '../api/types.js';
import { useAction } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { Link } from '../router.js';
import { ConfirmDialog } from './dialog.js';
import { ErrorNotice } from './notice.js';
import { TransferDialog } from './transfer-dialog.js';

interface CallActionsProps {
  call: Call;
  /** To whom its workflow's agent may transfer it. */
  targets: readonly TransferTarget[];
  onDone: () => void;
}

/** The actions of a call: transfer or end it while it is in progress, erase it afterwards. */
export function CallActions({ call, targets, onDone }: CallActionsProps) {
  const [asking, setAsking] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const { busy, error, run } = useAction();
  const path = `api/v1/telephony/calls/${call.workflow_run_id}`;
  const hangUp = (): void =>
    run(async () => {
      await callApi('POST', `${path}/hangup`, {});
      onDone();
    });
  const erase = (): void =>
    run(async () => {
      try {
        await callApi('DELETE', path);
      } finally {
        setAsking(false);
      }
      onDone();
    });
  return (
    <>
      <ErrorNotice error={error} />
      {call.streaming ? (
        <button type="button" class="plain" onClick={() => setChoosing(true)}>
          {m.call.transferEllipsis}
        </button>
      ) : null}
      {choosing ? (
        <TransferDialog
          path={path}
          targets={targets}
          onDone={() => {
            setChoosing(false);
            onDone();
          }}
          onCancel={() => setChoosing(false)}
        />
      ) : null}
      {call.ended_at !== null && call.direction === 'outbound' ? (
        <Link to={`place?again=${call.workflow_run_id}`} class="button plain">
          {m.call.callAgain}
        </Link>
      ) : null}
      {call.ended_at === null ? (
        <button type="button" class="danger" disabled={busy} onClick={hangUp}>
          {m.common.hangUp}
        </button>
      ) : (
        <button type="button" class="plain danger-text" onClick={() => setAsking(true)}>
          {m.call.erase}
        </button>
      )}
      {asking ? (
        <ConfirmDialog
          title={fill(m.call.eraseCall, { id: call.workflow_run_id })}
          confirm={m.call.eraseForGood}
          busy={busy}
          onConfirm={erase}
          onCancel={() => setAsking(false)}
        >
          <p>{m.call.itsNumbersContextRecordingAnd}</p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}
