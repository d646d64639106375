/**
 * A fault in the environment that a person has to fix before the service can
 * start. Ends the start with only this message: it names the setting and the
 * fix, and holds no secret.
 */
export class StartError extends Error {
  readonly code = 'cannot_start';
  readonly retryable = false;

  /**
   * @param setting the variable that is involved
   * @param seen what is wrong, as a clause: `the port 8000 is in use`
   * @param fix what to do, as a sentence
   */
  constructor(
    readonly setting: string,
    readonly seen: string,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(`Patchbay cannot start: ${seen}.\n  ${setting}: ${fix}`, options);
    this.name = 'StartError';
  }
}

/**
 * Node's code of an error (`ENOENT`), or an empty text. Checked by shape, because
 * errors may come from another realm.
 */
export function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
