export const SENSITIVITIES = ['low', 'normal', 'high'] as const;
/** How easily the agent is interrupted. */
export type SensitivityName = (typeof SENSITIVITIES)[number];

export const BARGE_IN_ECHOES = ['auto', 'off'] as const;
/** Whether the agent's echo is reckoned with; `off` for lines on which echo is surely cancelled. */
export type BargeInEcho = (typeof BARGE_IN_ECHOES)[number];

export interface Sensitivity {
  /** What the voice model must say at least: a probability. */
  voice: number;
  /** So much evidence that the caller talks ends the agent's utterance, in milliseconds. */
  giveUpMs: number;
  /** What is quieter is not the caller, in dBov. */
  leastLevel: number;
}

export function sensitivityOf(name: SensitivityName): Sensitivity {
  switch (name) {
    case 'low':
      return { voice: 0.7, giveUpMs: 240, leastLevel: -45 };
    case 'normal':
      return { voice: 0.5, giveUpMs: 120, leastLevel: -56 };
    case 'high':
      return { voice: 0.3, giveUpMs: 100, leastLevel: -60 };
  }
}
