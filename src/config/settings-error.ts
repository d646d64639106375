/**
 * A variable that cannot be used, and what it should be. Never holds the value,
 * which may be a secret.
 */
export interface SettingsProblem {
  variable: string;
  /** Continues the sentence after the name, e.g. `must be a whole number from 0 to 65535`. */
  expected: string;
}

/**
 * Stops the start. The message names every bad variable, one per line; it never
 * holds their values.
 */
export class SettingsError extends Error {
  readonly code = 'invalid_settings';
  readonly retryable = false;

  constructor(readonly problems: readonly SettingsProblem[]) {
    const lines = problems.map(({ variable, expected }) => `  ${variable} ${expected}`);
    super(`The settings cannot be used:\n${lines.join('\n')}`);
    this.name = 'SettingsError';
  }
}
