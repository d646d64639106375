import type { Database } from '../../../src/database/database.js';

const BATCH = 500;
const STATUSES = ['completed', 'busy', 'no-answer', 'failed'] as const;
const REASONS = ['caller_hangup', 'busy', 'no_answer', 'failed'] as const;

/** Puts ended calls of workflow 1 into an empty store, past the ledger, which would take minutes. */
export async function seedCalls(database: Database, count: number): Promise<void> {
  const end = Date.now() - 3_600_000;
  for (let first = 1; first <= count; first += BATCH) {
    await database.write(async (trx) => {
      const rows = Array.from({ length: Math.min(BATCH, count - first + 1) }, (_, index) =>
        row(first + index, end - (count - first - index) * 60_000),
      );
      await trx.insertInto('runs').values(rows).execute();
    });
  }
}

function row(id: number, createdAt: number) {
  const kind = id % 7 < 4 ? 0 : (id % 7) - 3;
  const talked = kind === 0;
  const number = `+1202555${String(id % 10_000).padStart(4, '0')}`;
  return {
    run_id: id,
    workflow_id: 1,
    user_id: 1,
    direction: id % 3 === 0 ? ('inbound' as const) : ('outbound' as const),
    provider: 'twilio',
    account_id: 'AC1',
    provider_call_id: `CA${String(id).padStart(32, '0')}`,
    from_number: '+15005550006',
    to_number: number,
    status: STATUSES[kind] ?? 'completed',
    answered_at: talked ? createdAt + 4_000 : null,
    ended_at: createdAt + 64_000,
    duration_seconds: talked ? 60 : 0,
    end_reason: REASONS[kind] ?? null,
    answered_by: null,
    sip_code: null,
    context: '{}',
    facts: '{}',
    agent: 'echo',
    agent_options: '{}',
    recording: 0,
    recording_notice: null,
    barge_in: 0,
    barge_in_sensitivity: null,
    barge_in_echo: null,
    turn_silence_ms: null,
    transcription: null,
    on_failure: null,
    on_wait: null,
    public_origin: 'https://gw.example.com',
    ring_timeout_seconds: 60,
    max_duration_seconds: 3600,
    machine_detection: null,
    dialled_at: createdAt,
    hangup_reason: null,
    hangup_requested_at: null,
    hangup_accepted_at: null,
    check_at: null,
    erased_at: null,
    duplicates_dropped: 0,
    created_at: createdAt,
    updated_at: createdAt + 64_000,
    position: id,
  };
}
