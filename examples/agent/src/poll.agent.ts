import {
  Agent,
  type AgentCall,
  type AgentSession,
  type AgentSetup,
  type Utterance,
} from 'patchbay/agent';
import { tone } from './tone.js';

interface PollOptions {
  /** Keys that count as an answer. */
  keys?: string;
  seconds?: number;
}

/** What another instance of Patchbay goes on from when the call is moved to it. */
interface PollState {
  elapsedMs: number;
  isOver: boolean;
}

const READY_HZ = 600;
const THANKS_HZ = 1_000;
const WRONG_HZ = 300;

/**
 * Asks by a tone, takes one key as the answer, thanks by another tone and hangs up. What the caller chose, and how
 * long they took, are facts of the call: GET /api/v1/telephony/calls/{id} shows them.
 */
export default class PollAgent extends Agent {
  readonly name = 'poll';
  readonly description = 'Plays a tone, takes one key as the answer, and hangs up.';
  readonly optionsSchema = {
    type: 'object',
    properties: {
      keys: { type: 'string', pattern: '^[0-9*#]{1,12}$', default: '12' },
      seconds: { type: 'number', minimum: 1, maximum: 60, default: 10 },
    },
    additionalProperties: false,
  };
  override readonly audioFormat = 'pcm_8000';
  override readonly worksInBackground = false;
  override readonly resumes = true;

  constructor(private readonly setup: AgentSetup) {
    super();
  }

  answer(call: AgentCall): AgentSession {
    const { keys = '12', seconds = 10 } = call.options as PollOptions;
    // Null for a new call, and after a crash that came before anything was stored.
    const left = (call.resumed?.state ?? null) as PollState | null;
    let isOver = left?.isOver ?? false;

    const say = (hertz: number) => {
      const utterance = call.speak();
      utterance.write(tone(hertz, 400));
      utterance.end();
      return utterance;
    };
    const hangUpAfter = (utterance: Utterance): void => {
      void utterance.finished.then(() => {
        if (!call.signal.aborted) call.hangUp();
      });
    };
    const finish = (answer: string | null, afterMs: number): void => {
      isOver = true;
      call.setFacts({ answer, after_ms: afterMs });
      this.setup.log.info('poll.answered', {
        workflow_run_id: call.facts.workflowRunId,
        was_answered: answer !== null,
      });
      // What was not heard yet would be cut off: hang up afterwards.
      hangUpAfter(say(answer === null ? WRONG_HZ : THANKS_HZ));
      call.checkpoint();
    };

    if (left === null) say(READY_HZ);
    if (isOver) {
      // Whatever the caller has not heard is spoken again by itself, before this.
      const nothing = call.speak();
      nothing.end();
      hangUpAfter(nothing);
    }
    const before = left?.elapsedMs ?? 0;
    let now = before;
    return {
      // Fifty times a second: what comes in keeps the time, so that no timer is needed.
      onAudio: (_audio, timestampMs) => {
        now = before + timestampMs;
        if (!isOver && now >= seconds * 1_000) finish(null, now);
      },
      onDtmf: (key) => {
        if (isOver) return;
        // A caller who answers before the tone is over has heard enough.
        call.interrupt();
        if (keys.includes(key)) finish(key, now);
        else say(WRONG_HZ);
      },
      snapshot: (): PollState => ({ elapsedMs: now, isOver }),
    };
  }
}
