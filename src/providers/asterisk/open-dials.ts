/** What we remember of a dial while its call lives. */
interface OpenDial {
  ringTimeoutSeconds: number;
  hasRung: boolean;
  dialStatus: string;
}

/**
 * The dials whose calls have not ended. Asterisk's last word about a call does not tell a phone
 * that rang for long from one that does not exist; this does. A dial of an earlier process is
 * unknown here, and counts as one that rang.
 */
export class OpenDials {
  private readonly dials = new Map<string, OpenDial>();

  begun(callId: string, ringTimeoutSeconds: number): void {
    // A repetition changes nothing.
    if (this.dials.has(callId)) return;
    this.dials.set(callId, { ringTimeoutSeconds, hasRung: false, dialStatus: '' });
  }

  /** @param dialStatus the word of a `Dial` event; empty for the one that begins it */
  told(callId: string, dialStatus: string): void {
    const dial = this.dials.get(callId);
    if (!dial) return;
    if (dialStatus === 'RINGING' || dialStatus === 'PROGRESS') dial.hasRung = true;
    else if (dialStatus !== '') dial.dialStatus = dialStatus;
  }

  find(callId: string): Readonly<OpenDial> | null {
    return this.dials.get(callId) ?? null;
  }

  ended(callId: string): void {
    this.dials.delete(callId);
  }

  /** Forgets all others: their ends were missed. */
  keepOnly(callIds: ReadonlySet<string>): void {
    for (const callId of this.dials.keys()) if (!callIds.has(callId)) this.dials.delete(callId);
  }
}
