import type { Sounds } from '../../src/agents/sounds.js';
import { SoundError } from '../../src/agents/telephone-sound.js';

/** Sounds that are just these, by name, in μ-law. */
export function heldSounds(held: Readonly<Record<string, Buffer>> = {}): Pick<Sounds, 'load'> {
  return {
    load: async (name) => {
      const sound = held[name];
      if (!sound) throw new SoundError(`there is no sound "${name}"`);
      return sound;
    },
  };
}
