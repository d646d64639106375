import type { AgentCall } from '../agent.js';
import type { ConversationItems } from './conversation-items.js';
import { Farewell } from './farewell.js';
import type { RealtimeMemory } from './realtime-memory.js';
import { HANG_UP, type ModelTools, type ToolOutcome } from '../models/model-tools.js';
import type { ResponseTurns } from './response-turns.js';

/** Responses in a row in which the model uses tools, without a word or a key of the caller's. */
const ROUNDS_MAX = 10;
const NOT_ENDED: ToolOutcome = { ok: false, error: 'the caller spoke, so the call goes on' };

export interface ToolParts {
  call: Pick<AgentCall, 'hangUp' | 'setFacts' | 'transfer' | 'note'>;
  tools: ModelTools;
  turns: ResponseTurns;
  items: ConversationItems;
  memory: RealtimeMemory;
  /** Whether the caller has heard everything that was said. */
  isAllHeard: () => boolean;
  /** It uses tools without end, also when it was told to speak. */
  onEndless: () => void;
}

/** The model's use of its tools: each is answered once; hanging up and transferring take until all was heard. */
export class ToolRounds {
  private readonly answered = new Set<string>();
  private readonly farewell = new Farewell(() => this.leaveNow());
  /** To whom the model leaves the caller; null: it hangs up. */
  private leavesTo: { target: string; announce?: string } | null = null;
  private rounds = 0;
  /** The response of the latest round. */
  private latest: string | null = null;

  constructor(private readonly parts: ToolParts) {}

  /** The model wants to hang up, or to leave the caller to a person. */
  get isLeaving(): boolean {
    return this.farewell.isUnderWay;
  }

  get isTransferring(): boolean {
    return this.isLeaving && this.leavesTo !== null;
  }

  use(responseId: string, callId: string, name: string, args: string): void {
    if (this.answered.has(callId)) return;
    this.answered.add(callId);
    const { call, tools, items, memory } = this.parts;
    if (name === HANG_UP) {
      this.leave(callId, null);
      return;
    }
    if (tools.transfers(name)) {
      const wish = tools.wish(args);
      if (!('error' in wish)) {
        this.leave(callId, wish);
        return;
      }
      items.outcome(callId, wish);
      this.goOn(responseId);
      return;
    }
    const outcome = tools.use(name, args, call);
    const told = `[You used ${name} with ${args}: ${JSON.stringify(outcome)}]`;
    memory.add(callId, 'system', told);
    items.outcome(callId, outcome);
    this.goOn(responseId);
  }

  /** The caller has said or pressed something: the model may use its tools anew. */
  callerActed(): void {
    this.rounds = 0;
  }

  /** The session is lost; what is under way goes on, but none of its calls is answered any more. */
  sessionLost(): void {
    this.farewell.forgetCalls();
  }

  /** The model wanted to hang up in an earlier session. */
  goOnLeaving(): void {
    this.farewell.begin();
    this.leaveIfHeard();
  }

  leaveIfHeard(): void {
    const { turns, isAllHeard } = this.parts;
    if (this.isLeaving && turns.idle && isAllHeard()) this.leaveNow();
  }

  /** The caller has more to say, so the goodbye was too early. */
  stay(): void {
    for (const callId of this.farewell.end()) this.parts.items.outcome(callId, NOT_ENDED);
  }

  /** The call is over: nothing follows. */
  stop(): void {
    this.farewell.stop();
  }

  /** The model needs another response to go on; after too many rounds one in which it can only speak. */
  private goOn(responseId: string): void {
    if (this.isLeaving) return;
    const { call, turns, onEndless } = this.parts;
    if (responseId !== this.latest) this.rounds += 1;
    this.latest = responseId;
    if (this.rounds < ROUNDS_MAX) turns.want();
    else if (turns.isToolless) onEndless();
    else {
      if (this.rounds === ROUNDS_MAX) call.note('tool_rounds', { rounds: ROUNDS_MAX });
      turns.want({ tool_choice: 'none' });
    }
  }

  /** Leaves once everything that was said has been heard. */
  private leave(callId: string, leavesTo: { target: string; announce?: string } | null): void {
    const { turns, items } = this.parts;
    if (turns.cut || turns.callerSpeaks) {
      items.outcome(callId, NOT_ENDED);
      return;
    }
    turns.forgo();
    this.leavesTo = leavesTo;
    this.farewell.begin(callId);
    this.leaveIfHeard();
  }

  private leaveNow(): void {
    const { call, items, memory } = this.parts;
    const { leavesTo } = this;
    for (const callId of this.farewell.end()) items.outcome(callId, { ok: true });
    this.leavesTo = null;
    if (!leavesTo) {
      call.hangUp();
      return;
    }
    const { target, ...options } = leavesTo;
    memory.add(`transfer_${target}`, 'system', `[You had the caller connected with "${target}"]`);
    call.transfer(target, options);
  }
}
