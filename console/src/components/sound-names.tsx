import type { Sound } from '../api/types.js';
import { useList } from '../hooks.js';

interface SoundNamesProps {
  /** By which inputs name it as their `list`. */
  id: string;
  /** Those that the schema suggests, such as the sounds that come with Patchbay. */
  others: readonly string[];
}

/** Suggests sounds to inputs: the user's own, and others. */
export function SoundNames({ id, others }: SoundNamesProps) {
  const own = useList<Sound>('api/v1/sounds').data?.data ?? [];
  return (
    <datalist id={id}>
      {[...own.map(({ name }) => name), ...others].map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </datalist>
  );
}
