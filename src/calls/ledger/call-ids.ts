/**
 * What a carrier calls a call. `call` is permanent and unique within an account; it is null until
 * the carrier has reported it. The others are kept because some carriers require one of them in
 * later requests: `request` is the id of our request to dial, reported before there is a call.
 */
export interface CallIds {
  call: string | null;
  request?: string;
  leg?: string;
  session?: string;
  media?: string;
  /** The person's call of the newest transfer, whose reports are not about the run's own call. */
  transfer?: string;
}

export type OtherIds = Omit<CallIds, 'call'>;

/** A call that is known by its own id alone, as with most carriers. */
export function callNamed(call: string | null): CallIds {
  return { call };
}

/** Whether the ids are enough to ask the carrier about the call. */
export function isKnown(ids: CallIds): boolean {
  return ids.call !== null || ids.request !== undefined;
}

/**
 * Whether newly reported ids belong to another call than the known ones. Ids are compared only
 * where both sides have them: by the call's own id, else by that of the request.
 */
export function contradicts(known: CallIds, told: CallIds): boolean {
  if (known.call !== null && told.call !== null) return known.call !== told.call;
  return (
    known.request !== undefined && told.request !== undefined && known.request !== told.request
  );
}

/** The known ids, completed by newly reported ones; known ids stay. */
export function joined(known: CallIds, told: CallIds): CallIds {
  return { ...told, ...known, call: known.call ?? told.call };
}
