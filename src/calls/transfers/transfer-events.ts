import { callEvent, type CallEventDraft, type EventSource } from '../ledger/call-event.js';

/**
 * What the timeline records about a transfer: it was asked for, the person answered, it came to
 * nothing, or the person's part of the conversation is over.
 */
export type TransferStep = 'started' | 'answered' | 'failed' | 'ended';
const STEPS: readonly unknown[] = [
  'started',
  'answered',
  'failed',
  'ended',
] satisfies TransferStep[];

/** The name of the field that says, in a URL, which of a call's transfers it is about. */
export const TRANSFER_FIELD = 'transfer';

/**
 * Why a transfer came to nothing.
 * - `busy`, `no_answer`, `failed`: what became of the person's phone; `failed` also when the person
 *   hung up before being connected
 * - `unreachable`: the carrier could not be told, or did not take it
 * - `call_ended`: the call ended meanwhile, whoever ended it
 */
export const TRANSFER_FAILURES = [
  'busy',
  'no_answer',
  'failed',
  'unreachable',
  'call_ended',
] as const;
export type TransferFailure = (typeof TRANSFER_FAILURES)[number];

export function isTransferFailure(value: unknown): value is TransferFailure {
  return (TRANSFER_FAILURES as readonly unknown[]).includes(value);
}

/** What the person hears before the caller: a text, or a sound by its name, ours before one of the carrier's. */
export type Announcement = string | { readonly sound: string };

/** A transfer as it was asked for. Numbers and texts are personal: they are in the event's payload alone. */
export interface TransferOrder {
  /** E.164. */
  to: string;
  /** The number that the person sees, E.164. */
  from: string;
  /** Null: the person hears the caller at once. */
  announce: Announcement | null;
  /** How long the person's phone rings. */
  timeoutSeconds: number;
  /** The name among the workflow's targets; null: a number was given. */
  target: string | null;
}

/** Which of a call's transfers an event is about, from 1. */
export interface WhichTransfer {
  transfer: number;
  /** The generation of the stream from which the call was taken. */
  generation: number;
}

export function transferStarted(which: WhichTransfer, order: TransferOrder): CallEventDraft {
  const { target, announce, ...rest } = order;
  return transferEvent('started', which, 'api', {
    detail: { target, announced: announce !== null },
    payload: { ...rest, announce },
  });
}

/** What a carrier told with an event of the person's call. */
export interface ToldOfLeg {
  source: EventSource;
  /** The carrier's id of the person's call; null: it was not told. */
  leg: string | null;
  occurredAt?: Date | null;
  durationSeconds?: number | null;
  sipCode?: number | null;
  payload?: Record<string, unknown> | null;
}

export function transferAnswered(which: WhichTransfer, told: ToldOfLeg): CallEventDraft {
  return transferEvent('answered', which, told.source, ofLeg(told, {}));
}

export function transferEnded(which: WhichTransfer, told: ToldOfLeg): CallEventDraft {
  return transferEvent('ended', which, told.source, ofLeg(told, {}));
}

export function transferFailed(
  which: WhichTransfer,
  reason: TransferFailure,
  told: ToldOfLeg,
): CallEventDraft {
  return transferEvent('failed', which, told.source, ofLeg(told, { reason }));
}

function ofLeg(told: ToldOfLeg, more: Record<string, unknown>): Partial<CallEventDraft> {
  const { leg, durationSeconds = null, sipCode = null, occurredAt = null, payload = null } = told;
  return {
    occurredAt,
    sipCode,
    payload,
    detail: {
      ...more,
      ...(leg === null ? {} : { provider_call_id: leg }),
      ...(durationSeconds === null ? {} : { duration_seconds: durationSeconds }),
      ...(sipCode === null ? {} : { sip_code: sipCode }),
    },
  };
}

function transferEvent(
  step: TransferStep,
  { transfer, generation }: WhichTransfer,
  source: EventSource,
  { detail, ...more }: Partial<CallEventDraft>,
): CallEventDraft {
  return callEvent({
    type: 'transfer',
    source,
    ...more,
    detail: { step, transfer, generation, ...detail },
    dedupeKey: `transfer:${step}:${transfer}`,
  });
}

/** Null: the event is about no transfer. */
export function transferStepOf({ type, detail }: CallEventDraft): TransferStep | null {
  if (type !== 'transfer') return null;
  const { step } = detail;
  return STEPS.includes(step) ? (step as TransferStep) : null;
}
