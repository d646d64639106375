import { Injectable } from '@nestjs/common';
import { Agent, type AgentCall, type AgentSession } from '../agent.js';
import { SOUND_NAME, Sounds } from '../sounds.js';

interface AnnounceOptions {
  sound: string;
  repeat?: number;
  hang_up?: boolean;
}

/** Plays a sound and hangs up. */
@Injectable()
export class AnnounceAgent extends Agent {
  readonly name = 'announce';
  readonly description = 'Plays a sound of MEDIA_DIR and hangs up.';
  readonly optionsSchema = {
    type: 'object',
    properties: {
      sound: SOUND_NAME,
      repeat: { type: 'integer', minimum: 1, maximum: 100, default: 1 },
      hang_up: {
        type: 'boolean',
        default: true,
        description: 'Whether it hangs up afterwards; otherwise the caller does.',
      },
    },
    required: ['sound'],
    additionalProperties: false,
  };

  constructor(private readonly sounds: Sounds) {
    super();
  }

  override problemsWith(options: Readonly<Record<string, unknown>>): Promise<string[]> {
    return this.sounds.problemsWith([optionsOf(options).sound]);
  }

  async answer(call: AgentCall): Promise<AgentSession> {
    const { sound, repeat = 1, hang_up: hangsUp = true } = optionsOf(call.options);
    const audio = await this.sounds.load(sound);
    // This also applies when the caller talked over it, because only silence would follow.
    void announce(call, audio, repeat).then(() => {
      if (hangsUp && !call.signal.aborted) call.hangUp();
    });
    return { onAudio: () => undefined };
  }
}

async function announce(call: AgentCall, audio: Buffer, times: number): Promise<void> {
  for (let time = 1; ; time += 1) {
    const utterance = call.speak();
    utterance.write(audio);
    utterance.end();
    const how = await utterance.finished;
    if (how === 'interrupted' || time === times) return;
  }
}

function optionsOf(options: Readonly<Record<string, unknown>>): AnnounceOptions {
  return options as unknown as AnnounceOptions;
}
