import type { Log } from '../../shared/logger.js';

/** After this many refusals of single messages the conversation is considered broken. */
const ERRORS_MAX = 100;
const ERRORS_LOGGED = 10;
/** These errors happen when our message and the server's cross. */
const CROSSED = /^(response_cancel_not_active|conversation_already_has_active_response)\b/;
/** Different names of unknown events that are told. */
const NAMES_MAX = 10;

/** What the server does not understand of us, and we not of the server; a session stays open after most errors. */
export class RefusedMessages {
  private errors = 0;
  private readonly names = new Set<string>();

  constructor(
    private readonly runId: number,
    private readonly log: Log,
    private readonly note: (what: string, detail: { name: string }) => void,
  ) {}

  /** @returns `crossed`: it is of no consequence; `broken`: there were too many */
  refused(code: string): 'crossed' | 'refused' | 'broken' {
    if (CROSSED.test(code)) return 'crossed';
    this.errors += 1;
    if (this.errors <= ERRORS_LOGGED) {
      this.log.warn('agent.realtime_error', { workflow_run_id: this.runId, code });
    }
    return this.errors < ERRORS_MAX ? 'refused' : 'broken';
  }

  /** The server sends an event of a name that is in no description: told once. */
  unknown(name: string): void {
    if (this.names.has(name) || this.names.size >= NAMES_MAX) return;
    this.names.add(name);
    this.note('unknown_event', { name });
  }
}
