import { randomUUID } from 'node:crypto';
import type { CallIds } from '../../calls/ledger/call-ids.js';
import type { TransferInstruction } from '../answer-instruction.js';
import type { AnswerInstruction, AnswerRequest, DoResult } from '../ingress.js';
import type { TelnyxApi } from './api.js';
import { encodeState } from './client-state.js';
import { isOver } from './client.js';
import { describe } from '../api-failure.js';
import { CALL_OVER, type Outcome } from './failure.js';

/** Telnyx repeats an event within seconds, a few times at most. */
const TAKEN_FOR_MS = 120_000;

type Stream = AnswerInstruction & { kind: 'stream' };

/**
 * Gives Telnyx the instructions for a call, as commands. A stream's audio is μ-law both ways as far as we may
 * choose: what we send always is; what we receive is, unless Telnyx cannot convert the phone's A-law.
 */
export class TelnyxInstructions {
  /** When a call that came in was answered. */
  private readonly taken = new Map<string, number>();

  constructor(private readonly api: TelnyxApi) {}

  /** @param asked what asked for it; null: we tell Telnyx of our own accord */
  async give(
    instruction: AnswerInstruction,
    { call }: CallIds,
    asked: AnswerRequest | null,
  ): Promise<DoResult> {
    if (call === null) return { kind: 'failed', message: 'the call has no id yet' };
    switch (instruction.kind) {
      case 'stream':
        return asked?.direction === 'inbound' && asked.status === 'ringing'
          ? this.take(call, instruction)
          : this.stream(call, instruction, asked);
      case 'reject': {
        const cause = instruction.busy ? 'USER_BUSY' : 'CALL_REJECTED';
        return ended(
          await this.api.command(call, 'reject', { cause, command_id: `reject-${call}` }),
        );
      }
      case 'hangup':
      case 'say-and-hangup':
        return ended(await this.api.command(call, 'hangup', { command_id: randomUUID() }));
      case 'transfer':
        return this.transfer(call, instruction);
      case 'announce':
        return { kind: 'failed', message: 'nothing can be said to the person' };
      default:
        return instruction satisfies never;
    }
  }

  /**
   * Answers and streams in one command. Telnyx tells of a call more than once: what it does with a command that it
   * has had is not documented, so it gets it once from us. A call that another process has answered only needs its
   * stream.
   */
  private async take(call: string, instruction: Stream): Promise<DoResult> {
    const now = Date.now();
    for (const [one, at] of this.taken) if (now - at > TAKEN_FOR_MS) this.taken.delete(one);
    if (this.taken.has(call)) return { kind: 'done' };
    this.taken.set(call, now);
    const answered = await this.api.command(call, 'answer', {
      ...streamOf(instruction),
      client_state: encodeState({ kind: 'taken' }),
      command_id: `answer-${call}`,
    });
    if (answered.kind === 'done') return { kind: 'done' };
    this.taken.delete(call);
    const isAnswered = answered.kind === 'refused' && answered.code !== CALL_OVER;
    return isAnswered ? this.stream(call, instruction, null) : done(answered);
  }

  private async stream(
    call: string,
    instruction: Stream,
    asked: AnswerRequest | null,
  ): Promise<DoResult> {
    const eventId = asked?.payload['id'];
    // An event that comes twice asks twice, and two streams of one call are one too many.
    const commandId = typeof eventId === 'string' ? `stream-${eventId}` : randomUUID();
    const command = { ...streamOf(instruction), command_id: commandId };
    return done(await this.api.command(call, 'streaming_start', command));
  }

  /** The agent's stream would go on while the two talk, and after them. */
  private async transfer(call: string, instruction: TransferInstruction): Promise<DoResult> {
    const { to, from, timeoutSeconds, transfer, urls } = instruction;
    await this.api.command(call, 'streaming_stop', { command_id: randomUUID() });
    const command = {
      to,
      from,
      timeout_secs: timeoutSeconds,
      target_leg_client_state: encodeState({ kind: 'person', call, transfer }),
      webhook_url: urls.events,
      webhook_url_method: 'POST',
      command_id: `transfer-${transfer}-${call}`,
    };
    return done(await this.api.command(call, 'transfer', command));
  }
}

function streamOf({ streamUrl }: Stream): object {
  return {
    stream_url: streamUrl,
    stream_track: 'inbound_track',
    stream_codec: 'PCMU',
    // Its default would drop what we send without a word.
    stream_bidirectional_mode: 'rtp',
    stream_bidirectional_codec: 'PCMU',
  };
}

function done(outcome: Outcome): DoResult {
  return outcome.kind === 'done'
    ? { kind: 'done' }
    : { kind: 'failed', message: describe(outcome) };
}

/** Of a call that is over, nothing is left to do. */
function ended(outcome: Outcome): DoResult {
  return isOver(outcome) ? { kind: 'done' } : done(outcome);
}
