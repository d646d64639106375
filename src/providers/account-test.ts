/**
 * What one question about an account has shown.
 * - `works`
 * - `limited`: calls work, though not all of them, or not for long
 * - `fails`: calls do not work because of it
 * - `unknown`: it could not be found out
 */
export interface TestFinding {
  /** What was asked about: `credentials`, `numbers` and the like. */
  name: string;
  result: 'works' | 'limited' | 'fails' | 'unknown';
  /** What was seen, in a sentence. Nothing in it is a secret. */
  seen: string;
  /** What to do about it, in a sentence; null when there is nothing to do. */
  fix: string | null;
}

export function finding(
  name: string,
  result: TestFinding['result'],
  seen: string,
  fix: string | null = null,
): TestFinding {
  return { name, result, seen, fix };
}

/**
 * Finds out what works with an account's credentials by asking the carrier. Called when somebody wants to know; rings
 * no telephone and changes nothing at the carrier.
 */
export abstract class AccountTest {
  /** Answers within ten seconds. Never throws. */
  abstract run(): Promise<readonly TestFinding[]>;
}
