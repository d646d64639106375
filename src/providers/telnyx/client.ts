import { randomUUID } from 'node:crypto';
import type { CallIds } from '../../calls/ledger/call-ids.js';
import { describe, dialFailure, NOT_THEIRS } from '../api-failure.js';
import {
  CallsPort,
  type DialResult,
  type EndCallResult,
  type LookUpResult,
  type PlaceCall,
  type SearchResult,
} from '../calls-port.js';
import type { TelnyxApi } from './api.js';
import { encodeState, isId } from './client-state.js';
import { CALL_OVER, NOT_FOUND, type Outcome, type TelnyxFailure } from './failure.js';
import type { TelnyxAccount } from './telnyx.settings.js';

const UNNAMED = { kind: 'failed', message: 'the call has no id yet', retryable: true } as const;

/**
 * `greeting_end` tells of a machine at once, and of the end of its greeting later, so that a message can be left.
 * https://developers.telnyx.com/docs/voice/programmable-voice/answering-machine-detection
 */
const MACHINE_DETECTION = { enable: 'detect', detect_message_end: 'greeting_end' } as const;

/** Telnyx's limits, in seconds; a call that is to be shorter is ended by us. */
const RING = { min: 5, max: 600 };
const LENGTH = { min: 30, max: 14_400 };

/** Telnyx's Call Control. Each command has an id, so that one that arrives twice is carried out once. */
export class TelnyxCalls extends CallsPort {
  constructor(
    private readonly account: Pick<TelnyxAccount, 'connectionId'>,
    private readonly api: TelnyxApi,
  ) {
    super();
  }

  async place(call: PlaceCall): Promise<DialResult> {
    const { urls, machineDetection } = call;
    if (!urls) return { kind: 'unreachable', message: 'there is no public address to call back' };
    const outcome = await this.api.post('/calls', {
      connection_id: this.account.connectionId,
      to: call.to,
      from: call.from,
      webhook_url: urls.events,
      webhook_url_method: 'POST',
      client_state: encodeState({ kind: 'placed' }),
      command_id: call.idempotencyKey,
      timeout_secs: Math.min(RING.max, Math.max(RING.min, call.ringTimeoutSeconds)),
      time_limit_secs: Math.min(LENGTH.max, Math.max(LENGTH.min, call.maxDurationSeconds)),
      ...(machineDetection === null
        ? {}
        : { answering_machine_detection: MACHINE_DETECTION[machineDetection] }),
    });
    return outcome.kind === 'done'
      ? dialled(outcome, this.account.connectionId)
      : dialFailureOf(outcome);
  }

  async end({ call }: CallIds): Promise<EndCallResult> {
    if (call === null) return UNNAMED;
    return resultOf(await this.api.command(call, 'hangup', { command_id: randomUUID() }), true);
  }

  override async sendDigits({ call }: CallIds, digits: string): Promise<EndCallResult> {
    if (call === null) return { ...UNNAMED, retryable: false };
    const command = { digits, duration_millis: 100, command_id: randomUUID() };
    return resultOf(await this.api.command(call, 'send_dtmf', command), false);
  }

  async lookUp({ call }: CallIds): Promise<LookUpResult> {
    if (call === null) return UNNAMED;
    const outcome = await this.api.get(`/calls/${encodeURIComponent(call)}`);
    if (outcome.kind === 'done') {
      const { call_control_id: id, is_alive: isAlive } = outcome.data;
      if (id !== call || typeof isAlive !== 'boolean') {
        return { kind: 'failed', message: NOT_THEIRS };
      }
      return { kind: isAlive ? 'alive' : 'ended' };
    }
    return isOver(outcome) ? { kind: 'not-found' } : { kind: 'failed', message: describe(outcome) };
  }

  /** Telnyx lists the calls of an application without saying when they began. */
  search(): Promise<SearchResult> {
    return Promise.resolve({ kind: 'unsupported' });
  }
}

/** Whether Telnyx says that a call is over, or that there is none. */
export function isOver(outcome: Outcome): boolean {
  return outcome.kind === 'refused' && (outcome.code === CALL_OVER || outcome.code === NOT_FOUND);
}

function dialled({ status, data }: Outcome & { kind: 'done' }, accountId: string): DialResult {
  const { call_control_id: call, call_leg_id: leg, call_session_id: session } = data;
  if (!isId(call)) {
    return { kind: 'unknown', message: 'the reply names no call', httpStatus: status };
  }
  const ids = { call, ...(isId(leg) ? { leg } : {}), ...(isId(session) ? { session } : {}) };
  return { kind: 'accepted', ids, accountId, httpStatus: status };
}

/** For a dial that was not accepted. */
export function dialFailureOf(failure: TelnyxFailure): DialResult {
  return dialFailure(failure, ({ blame, code }) => ({ blame, code }));
}

function resultOf(outcome: Outcome, isRepeatable: boolean): EndCallResult {
  if (outcome.kind === 'done') return { kind: 'accepted' };
  if (isOver(outcome)) return { kind: 'already-ended' };
  const retryable = isRepeatable && outcome.kind !== 'refused';
  return { kind: 'failed', message: describe(outcome), retryable };
}
