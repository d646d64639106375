import { Injectable } from '@nestjs/common';
import { Sounds } from '../../agents/sounds.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type { AnswerInstruction } from '../../providers/answer-instruction.js';
import { Log } from '../../shared/logger.js';
import { isCarrierSound } from '../../shared/sound-name.js';
import { LATE, within } from '../../shared/within.js';

/** How long the person's call may wait for the sound, in milliseconds. */
const WITHIN_MS = 3_000;

/** The sounds of ours that people hear before they are connected. */
@Injectable()
export class AnnouncedSounds {
  constructor(
    private readonly sounds: Sounds,
    private readonly log: Log,
  ) {}

  /**
   * An instruction with the sound that it names. One that cannot be had leaves the instruction as it is: the
   * person is worth more than what they were to hear. Never throws.
   */
  async addTo(instruction: AnswerInstruction, run: CallRun | null): Promise<AnswerInstruction> {
    if (instruction.kind !== 'transfer' || run === null) return instruction;
    const { announce } = instruction;
    if (announce === null || typeof announce === 'string') return instruction;
    const sound = await this.load(announce.sound, run);
    return sound === null ? instruction : { ...instruction, sound };
  }

  private async load(name: string, { runId, userId }: CallRun): Promise<Buffer | null> {
    try {
      const sound = await within(WITHIN_MS, this.sounds.load(name, userId));
      if (sound !== LATE) return sound;
      this.log.warn('transfer.sound_missing', {
        workflow_run_id: runId,
        reason: 'it takes too long',
      });
    } catch (error) {
      // The carrier may have one of this name.
      if (!isCarrierSound(name)) {
        this.log.warn('transfer.sound_missing', { workflow_run_id: runId, reason: error });
      }
    }
    return null;
  }
}
