/**
 * What a carrier calls a call. `call` names it for good and is unique within an account; it is null until the
 * carrier has told it. The others are kept because some carriers want one of them back:
 * `request` is the id of our wish to dial, told before there is a call.
 */
export interface CallIds {
  call: string | null;
  request?: string;
  leg?: string;
  session?: string;
  media?: string;
}

export type OtherIds = Omit<CallIds, 'call'>;

/** A call that is known by its own id alone, as with most carriers. */
export function callNamed(call: string | null): CallIds {
  return { call };
}

/** Whether the carrier can be asked about the call at all. */
export function isKnown(ids: CallIds): boolean {
  return ids.call !== null || ids.request !== undefined;
}

/**
 * Whether what is told now belongs to another call than what was told before. Ids are compared only where both
 * sides have them: by the call's own id, else by that of the request.
 */
export function contradicts(known: CallIds, told: CallIds): boolean {
  if (known.call !== null && told.call !== null) return known.call !== told.call;
  return (
    known.request !== undefined && told.request !== undefined && known.request !== told.request
  );
}

/** What is known with what is told beside it; what is known stays. */
export function joined(known: CallIds, told: CallIds): CallIds {
  return { ...told, ...known, call: known.call ?? told.call };
}
