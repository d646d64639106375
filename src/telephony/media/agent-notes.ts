import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import { maskText } from '../../shared/redact.js';

/** Entries of one stream in the timeline, at most. */
const NOTES_MAX = 50;
/** Characters of a name, and of what is told. */
const NAME_MAX = 60;
const TEXT_MAX = 200;

/** What an agent, or the carrier's side of a stream, has to say to the timeline: harmless facts, masked and bounded. */
export class AgentNotes {
  private noted = 0;

  constructor(
    private readonly generation: number,
    private readonly write: (event: CallEventDraft) => void,
  ) {}

  note(what: string, detail: Readonly<Record<string, string | number>> = {}): void {
    this.noted += 1;
    if (this.noted > NOTES_MAX) return;
    const facts = Object.entries(detail)
      .slice(0, 10)
      .map(([name, value]) => [name, typeof value === 'string' ? tidy(value, TEXT_MAX) : value]);
    const told = { ...Object.fromEntries(facts), agent: tidy(what, NAME_MAX) };
    this.write(
      callEvent({
        type: 'agent',
        source: 'media',
        occurredAt: new Date(),
        detail: { ...told, generation: this.generation },
      }),
    );
  }
}

function tidy(text: string, max: number): string {
  return maskText(text).slice(0, max);
}
