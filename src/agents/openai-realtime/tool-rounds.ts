import type { AgentCall } from '../agent.js';
import type { ConversationItems } from './conversation-items.js';
import { Farewell } from './farewell.js';
import type { RealtimeMemory } from './realtime-memory.js';
import { HANG_UP, type RealtimeTools, type ToolOutcome } from './realtime-tools.js';
import type { ResponseTurns } from './response-turns.js';

const NOT_ENDED: ToolOutcome = { ok: false, error: 'the caller spoke, so the call goes on' };

export interface ToolParts {
  call: Pick<AgentCall, 'hangUp' | 'setFacts' | 'transfer'>;
  tools: RealtimeTools;
  turns: ResponseTurns;
  items: ConversationItems;
  memory: RealtimeMemory;
  /** Whether the caller has heard everything that was said. */
  isAllHeard: () => boolean;
}

/** The model's use of its tools: each is answered once; hanging up and transferring take until all was heard. */
export class ToolRounds {
  private readonly answered = new Set<string>();
  private readonly farewell = new Farewell(() => this.leaveNow());
  /** To whom the model leaves the caller; null: it hangs up. */
  private leavesTo: { target: string; announce?: string } | null = null;

  constructor(private readonly parts: ToolParts) {}

  /** The model wants to hang up, or to leave the caller to a person. */
  get isLeaving(): boolean {
    return this.farewell.isUnderWay;
  }

  get isTransferring(): boolean {
    return this.isLeaving && this.leavesTo !== null;
  }

  use(callId: string, name: string, args: string): void {
    if (this.answered.has(callId)) return;
    this.answered.add(callId);
    const { call, tools, turns, items, memory } = this.parts;
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
      if (!this.isLeaving) turns.want();
      return;
    }
    const outcome = tools.use(name, args, call);
    const told = `[You used ${name} with ${args}: ${JSON.stringify(outcome)}]`;
    memory.add(callId, 'system', told);
    items.outcome(callId, outcome);
    if (!this.isLeaving) turns.want();
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
