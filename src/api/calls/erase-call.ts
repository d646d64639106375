import { Injectable } from '@nestjs/common';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import { Recordings } from '../../calls/recordings/recordings.js';

/** Erases the personal data of a call, and its recording; its timeline stays. */
@Injectable()
export class EraseCall {
  constructor(
    private readonly ledger: CallLedger,
    private readonly recordings: Recordings,
  ) {}

  /**
   * May be repeated, also after a throw.
   *
   * @throws RecordingStoreError: the call does not look erased, unless what is left was
   *   stored while it was being erased.
   */
  async erase(runId: number): Promise<void> {
    // The recording goes first: if this process dies in between, the call does not look erased.
    await this.recordings.erase(runId);
    await this.ledger.change({ runId }, (draft) => {
      if (draft?.run.erasedAt === null) draft.erase();
    });
    // What a stream that was still closing has stored meanwhile; from now on nothing more is stored.
    await this.recordings.erase(runId);
  }
}
