import { callEvent } from '../ledger/call-event.js';
import type { RunDraft } from '../ledger/run-draft.js';

/** Where a call's transcript comes from: its agent, or its recording. */
export type TranscriptSource = 'agent' | 'recording';

type Step = 'started' | 'complete' | 'failed';

/** Writes down that a call has a transcript from now on, once. */
export function enterStarted(draft: RunDraft, by: TranscriptSource): void {
  if (!draft.run.transcribed) draft.change({ transcribed: true });
  enter(draft, 'started', { by });
}

/** Writes down, once, that nothing more comes. @param about figures, or the reason of a failure */
export function enterEnd(
  draft: RunDraft,
  step: 'complete' | 'failed',
  about: Readonly<Record<string, string | number>>,
): void {
  enter(draft, step, about);
}

function enter(
  draft: RunDraft,
  step: Step,
  about: Readonly<Record<string, string | number>>,
): void {
  const isKnown = draft.timeline.some(
    ({ type, detail }) => type === 'transcript' && detail['step'] === step,
  );
  if (isKnown) return;
  const occurredAt = new Date();
  draft.record(
    callEvent({ type: 'transcript', source: 'media', occurredAt, detail: { step, ...about } }),
  );
}
