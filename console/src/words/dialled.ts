/** Why a call from the phone to one of our numbers was not taken; by the line's `refused`. */
const REFUSALS: Record<string, string> = {
  rejected: 'The call was rejected: no workflow has claimed this number.',
  busy: 'Busy: this service takes no more calls at the moment.',
  unreachable: 'Nobody can be reached under this. A number begins with + and the country’s code.',
};

/** Empty where the call was taken. */
export function refusalText(refused: string | undefined): string {
  if (refused === undefined) return '';
  return REFUSALS[refused] ?? `The call was not taken (${refused}).`;
}
