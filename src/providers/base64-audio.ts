const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The audio of a carrier's media message. Node would leave out what is no base64.
 * @returns null for what is none, or none at all
 */
export function base64Audio(payload: unknown): Buffer | null {
  if (typeof payload !== 'string' || !BASE64.test(payload)) return null;
  const audio = Buffer.from(payload, 'base64');
  return audio.length > 0 ? audio : null;
}
