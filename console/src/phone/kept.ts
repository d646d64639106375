/** The workflow that this browser talked to last. */
const KEY = 'patchbay.phone.workflow';

/** Null: it has talked to none, or may keep nothing. */
export function lastWorkflow(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function keepLastWorkflow(workflowId: number): void {
  try {
    localStorage.setItem(KEY, String(workflowId));
  } catch {
    // A browser that keeps nothing offers the first workflow again.
  }
}
