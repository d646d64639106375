import { Injectable } from '@nestjs/common';
import { Agent, type AgentCall, type AgentSession } from '../agent.js';
import { goesOnAt } from '../own-audio.js';
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
  readonly description = 'Plays a sound and hangs up.';
  readonly optionsSchema = {
    type: 'object',
    properties: {
      sound: { ...SOUND_NAME, title: 'Sound' },
      repeat: {
        type: 'integer',
        title: 'Times it is played',
        minimum: 1,
        maximum: 100,
        default: 1,
      },
      hang_up: {
        type: 'boolean',
        title: 'Hang up afterwards',
        default: true,
        description: 'Whether it hangs up afterwards; otherwise the caller does.',
      },
    },
    required: ['sound'],
    additionalProperties: false,
  };
  override readonly resumes = true;

  constructor(private readonly sounds: Sounds) {
    super();
  }

  override problemsWith(
    options: Readonly<Record<string, unknown>>,
    userId: number,
  ): Promise<string[]> {
    return this.sounds.problemsWith([optionsOf(options).sound], userId);
  }

  async answer(call: AgentCall): Promise<AgentSession> {
    const { sound, repeat = 1, hang_up: hangsUp = true } = optionsOf(call.options);
    call.resumed?.interrupted?.dropTail();
    const audio = await this.sounds.load(sound, call.facts.userId);
    const announcement = new Announcement(call, audio, repeat);
    // This also applies when the caller talked over it, because only silence would follow.
    void announcement.play().then(() => {
      if (hangsUp && !call.signal.aborted) call.hangUp();
    });
    return { onAudio: () => undefined, snapshot: () => announcement.state };
  }
}

/** How often it was heard to its end, and where in it, in bytes, the utterance began that is being heard. */
interface Progress {
  played: number;
  from: number;
}

class Announcement {
  state: Progress;

  constructor(
    private readonly call: AgentCall,
    private readonly audio: Buffer,
    private readonly times: number,
  ) {
    const { resumed } = call;
    const left = (resumed?.state ?? null) as Progress | null;
    this.state =
      resumed && left
        ? { played: left.played, from: goesOnAt(resumed, left.from, audio.length) }
        : { played: 0, from: 0 };
  }

  async play(): Promise<void> {
    while (this.state.played < this.times) {
      const utterance = this.call.speak();
      utterance.write(this.audio.subarray(this.state.from));
      utterance.end();
      if ((await utterance.finished) === 'interrupted') return;
      this.state = { played: this.state.played + 1, from: 0 };
    }
  }
}

function optionsOf(options: Readonly<Record<string, unknown>>): AnnounceOptions {
  return options as unknown as AnnounceOptions;
}
