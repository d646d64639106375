import type { Call } from '../api/types.js';

/** A call, for specs: an outbound one in progress, unless `fields` say otherwise. */
export function call(id: number, fields: Partial<Call> = {}): Call {
  return {
    workflow_run_id: id,
    workflow_id: 1,
    user_id: 1,
    direction: 'outbound',
    provider: 'twilio',
    account: 'twilio',
    simulated: false,
    from: '+15005550006',
    to: '+12025550143',
    provider_call_id: null,
    status: 'answered',
    streaming: true,
    instance: 'api-1',
    created_at: '2026-11-23T10:00:00.000Z',
    answered_at: null,
    ended_at: null,
    duration_seconds: null,
    end_reason: null,
    answered_by: null,
    sip_code: null,
    workflow_version: 1,
    transcribed: false,
    context: {},
    facts: {},
    ...fields,
  };
}
