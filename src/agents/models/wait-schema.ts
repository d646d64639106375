import { SOUND_NAME } from '../sounds.js';

/** JSON schema of the option `on_wait`. */
export const ON_WAIT = {
  ...SOUND_NAME,
  title: 'Sound while the caller waits',
  description:
    'Heard after three seconds in which the model or its tools take time, and again six seconds after each end; it gives way to the answer. A sound of yours, a WAV file in MEDIA_DIR, or one that comes with Patchbay. Absent: silence.',
} as const;
