/** A person to whom agents may transfer calls of a workflow: they choose by the name, never by a number. */
export interface TransferTarget {
  name: string;
  /** E.164. */
  to: string;
}
