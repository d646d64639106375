import type { AgentCall } from '../agent.js';

/** Twilio's warnings about what a bot sends (Twilio docs, "Error and Warning Dictionary"). */
export type BotWarning =
  /** More than ten minutes of audio wait to be heard; what is beyond them is dropped. */
  | 31931
  /** A binary message. */
  | 31950
  /** A message that is not as Twilio expects it. */
  | 31951;

/** Different faults that are told of one stream. */
const FAULTS_MAX = 20;

/** Tells the call's timeline what Twilio would warn of, each kind once a stream. */
export class BotWarnings {
  private readonly told = new Set<string>();

  constructor(private readonly call: Pick<AgentCall, 'note'>) {}

  /** @param reason in words, the same each time */
  note(warning: BotWarning, reason: string): void {
    const kind = `${warning} ${reason}`;
    if (this.told.has(kind) || this.told.size >= FAULTS_MAX) return;
    this.told.add(kind);
    this.call.note(`twilio_${warning}`, { reason });
  }

  /** The bot has a new stream. */
  renew(): void {
    this.told.clear();
  }
}
