import { Injectable } from '@nestjs/common';
import { Sounds } from '../../agents/sounds.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type { Announcement } from '../../calls/transfers/transfer-events.js';
import { TransferCall } from '../../control/transfer-call.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { invalidField, Problem } from '../../shared/problem.js';
import { isCarrierSound } from '../../shared/sound-name.js';
import type { TransferCallDto } from './transfer-call.dto.js';

/** Has a person called in an agent's place because a user asks for it. */
@Injectable()
export class TransferOnRequest {
  constructor(
    private readonly transferCall: TransferCall,
    private readonly sounds: Sounds,
    private readonly providers: ProviderRegistry,
  ) {}

  /**
   * @returns the call, whose transfer has begun
   * @throws Problem naming what is wrong; nothing is changed then
   */
  async begin(run: CallRun, body: TransferCallDto): Promise<CallRun> {
    const { to, announce = null, from = null, timeout_seconds: timeoutSeconds = null } = body;
    const problem = await this.problemWith(announce, run);
    if (problem !== null) throw invalidField('announce', problem);
    const result = await this.transferCall.begin(run, { to, announce, from, timeoutSeconds });
    switch (result.kind) {
      case 'begun':
        return result.run;
      case 'invalid':
        throw invalidField(result.field, result.message);
      case 'impossible':
        throw new Problem('conflict', result.message);
      default:
        return result satisfies never;
    }
  }

  /** Null: nothing, or only the carrier can know, because one of its own sounds may be called so. */
  private async problemWith(announce: Announcement | null, run: CallRun): Promise<string | null> {
    if (announce === null || typeof announce === 'string') return null;
    // Where texts are said, no sound is played, whether there is one or not.
    if (isCarrierSound(announce.sound) || this.providers.of(run)?.capabilities.says) return null;
    const [problem] = await this.sounds.problemsWith([announce.sound], run.userId);
    return problem === undefined ? null : `cannot be played: ${problem}`;
  }
}
