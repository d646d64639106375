import { callEvent } from '../../calls/ledger/call-event.js';
import type { CallRun, PassedTo } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import type { RunDraft } from '../../calls/ledger/run-draft.js';
import type { SealedHandover } from '../../calls/streams/handovers.js';

/** How often one call may be passed on. More is an endless circle of workflows. */
const PASSES_MAX = 50;
const PASSED_ON = 'passed_on';

/** The workflow that is to go on with a call, and what its agent starts from. */
export interface PassOnEntry {
  workflowId: number;
  workflow: PassedTo;
  /** In place of what the agent before had stored, so that no other process goes on from that; null: nothing is stored. */
  sealed: SealedHandover | null;
}

/** Why a call stays with its workflow: it is over, ends, or is being transferred; or it was passed on too often. */
export type PassOnRefusal = 'over' | 'too_often';

/** Enters that another workflow goes on with the call, on its stream of this generation. */
export function enterPassOn(
  draft: RunDraft | null,
  generation: number,
  { workflowId, workflow, sealed }: PassOnEntry,
): CallRun | PassOnRefusal {
  if (!draft || isTerminal(draft.run.status)) return 'over';
  const { hangupReason, transferState } = draft.run;
  const { streams } = draft;
  if (hangupReason !== null || transferState !== null) return 'over';
  if (streams.generation !== generation || !streams.isOpen(generation)) return 'over';
  const passes = draft.timeline.filter(
    ({ type, detail }) => type === 'agent' && detail['agent'] === PASSED_ON,
  );
  if (passes.length >= PASSES_MAX) return 'too_often';
  const detail = { agent: PASSED_ON, to_workflow_id: workflowId, to_agent: workflow.agent };
  draft.passOnTo(workflow);
  if (sealed) draft.handOver({ ...sealed, reason: 'checkpoint' });
  draft.record(callEvent({ type: 'agent', source: 'media', detail: { ...detail, generation } }));
  return draft.run;
}
