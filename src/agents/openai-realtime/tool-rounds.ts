import type { AgentCall } from '../agent.js';
import type { ConversationItems } from './conversation-items.js';
import { Farewell } from './farewell.js';
import type { RealtimeMemory } from './realtime-memory.js';
import { HANG_UP, type RealtimeTools, type ToolOutcome } from './realtime-tools.js';
import type { ResponseTurns } from './response-turns.js';

const NOT_ENDED: ToolOutcome = { ok: false, error: 'the caller spoke, so the call goes on' };

export interface ToolParts {
  call: Pick<AgentCall, 'hangUp' | 'setFacts'>;
  tools: RealtimeTools;
  turns: ResponseTurns;
  items: ConversationItems;
  memory: RealtimeMemory;
  /** Whether the caller has heard everything that was said. */
  isAllHeard: () => boolean;
}

/** The model's use of its tools: each is answered once; hanging up takes until all was heard. */
export class ToolRounds {
  private readonly answered = new Set<string>();
  private readonly farewell = new Farewell(() => this.hangUp());

  constructor(private readonly parts: ToolParts) {}

  /** The model wants to hang up. */
  get isLeaving(): boolean {
    return this.farewell.isUnderWay;
  }

  use(callId: string, name: string, args: string): void {
    if (this.answered.has(callId)) return;
    this.answered.add(callId);
    if (name === HANG_UP) {
      this.leave(callId);
      return;
    }
    const { call, tools, turns, items, memory } = this.parts;
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
    if (this.isLeaving && turns.idle && isAllHeard()) this.hangUp();
  }

  /** The caller has more to say, so the goodbye was too early. */
  stay(): void {
    for (const callId of this.farewell.end()) this.parts.items.outcome(callId, NOT_ENDED);
  }

  /** The call is over: nothing follows. */
  stop(): void {
    this.farewell.stop();
  }

  /** Hangs up once everything that was said has been heard. */
  private leave(callId: string): void {
    const { turns, items } = this.parts;
    if (turns.cut || turns.callerSpeaks) {
      items.outcome(callId, NOT_ENDED);
      return;
    }
    turns.forgo();
    this.farewell.begin(callId);
    this.leaveIfHeard();
  }

  private hangUp(): void {
    const { call, items } = this.parts;
    for (const callId of this.farewell.end()) items.outcome(callId, { ok: true });
    call.hangUp();
  }
}
