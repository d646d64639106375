import { beforeEach, describe, expect, it } from '@jest/globals';
import { listeningLog, type LogLine } from '../../../test/support/listening-log.js';
import type { Sounds } from '../../agents/sounds.js';
import { SoundError } from '../../agents/telephone-sound.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type { AnswerInstruction, TransferInstruction } from '../../providers/answer-instruction.js';
import { AnnouncedSounds } from './announced-sounds.js';

const RUN = { runId: 7, userId: 3 } as CallRun;
const OURS = Buffer.from('a sound');

function transfer(announce: TransferInstruction['announce']): TransferInstruction {
  return {
    kind: 'transfer',
    transfer: 1,
    to: '+12025550143',
    from: '+12025550100',
    timeoutSeconds: 30,
    announce,
    urls: { action: '', events: '', announce: '' },
  };
}

describe('the sound of an announcement', () => {
  let lines: LogLine[];
  let sounds: AnnouncedSounds;
  beforeEach(() => {
    const listening = listeningLog();
    ({ lines } = listening);
    const load = async (name: string, userId: number): Promise<Buffer> => {
      if (name === 'ours.wav' && userId === RUN.userId) return OURS;
      throw new SoundError(`there is no sound "${name}"`);
    };
    sounds = new AnnouncedSounds({ load } as unknown as Sounds, listening.log);
  });

  it('goes with the instruction, as the user of the call has it', async () => {
    const instruction = transfer({ sound: 'ours.wav' });
    expect(await sounds.addTo(instruction, RUN)).toEqual({ ...instruction, sound: OURS });
    expect(await sounds.addTo(instruction, { ...RUN, userId: 4 })).toEqual(instruction);
  });

  it.each<[string, AnswerInstruction, number]>([
    ['is the carrier’s, where we have none of that name', transfer({ sound: 'custom/a' }), 0],
    ['is left out, where nobody has it, which is logged', transfer({ sound: 'gone.wav' }), 1],
    ['is a text', transfer('A caller for you.'), 0],
    ['is not wished', transfer(null), 0],
    ['belongs to no other instruction', { kind: 'hangup' }, 0],
  ])('%s', async (_what, instruction, logged) => {
    expect(await sounds.addTo(instruction, RUN)).toBe(instruction);
    expect(lines.map(({ event }) => event)).toEqual(
      Array.from({ length: logged }, () => 'transfer.sound_missing'),
    );
  });
});
