/** What the gateway may send on a stream (Twilio docs, Media Streams messages). */
export type GatewayMessage =
  | { kind: 'media'; audio: Buffer }
  | { kind: 'mark'; name: string }
  | { kind: 'clear' }
  | { kind: 'invalid'; reason: string };

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null if exactly these fields are present. */
function fieldProblem(
  value: Record<string, unknown>,
  names: readonly string[],
  where: string,
): string | null {
  for (const name of names) if (!(name in value)) return `${where} lacks "${name}"`;
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) return `${where} has an extra field "${name}"`;
  }
  return null;
}

/**
 * Reads one text frame as strictly as Twilio (error page 31951): it must have exactly the
 * documented fields, the stream's own streamSid and a payload in base64.
 */
export function readGatewayMessage(text: string, streamSid: string): GatewayMessage {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { kind: 'invalid', reason: 'not JSON' };
  }
  if (!isObject(message)) return { kind: 'invalid', reason: 'not a JSON object' };
  const { event } = message;
  if (event !== 'media' && event !== 'mark' && event !== 'clear') {
    return { kind: 'invalid', reason: `unknown event ${JSON.stringify(event)}`.slice(0, 80) };
  }
  const names = event === 'clear' ? ['event', 'streamSid'] : ['event', 'streamSid', event];
  const problem = fieldProblem(message, names, event);
  if (problem !== null) return { kind: 'invalid', reason: problem };
  if (message['streamSid'] !== streamSid) return { kind: 'invalid', reason: 'wrong streamSid' };
  if (event === 'clear') return { kind: 'clear' };
  const inner = message[event];
  if (!isObject(inner)) return { kind: 'invalid', reason: `"${event}" is not an object` };
  const innerName = event === 'media' ? 'payload' : 'name';
  const innerProblem = fieldProblem(inner, [innerName], `${event}.${event}`);
  if (innerProblem !== null) return { kind: 'invalid', reason: innerProblem };
  const value = inner[innerName];
  if (typeof value !== 'string') {
    return { kind: 'invalid', reason: `"${innerName}" is not a string` };
  }
  if (event === 'mark') return { kind: 'mark', name: value };
  if (value === '' || !isBase64(value)) {
    return { kind: 'invalid', reason: 'payload is not base64' };
  }
  return { kind: 'media', audio: Buffer.from(value, 'base64') };
}

/** Uses no pattern over the whole text, because a long text would overflow the stack. */
function isBase64(text: string): boolean {
  const padding = text.indexOf('=');
  const end = padding < 0 ? text.length : padding;
  const isPadded =
    padding < 0 || text.slice(padding) === '='.repeat(Math.min(2, text.length - end));
  return text.length % 4 === 0 && isPadded && !/[^A-Za-z0-9+/]/.test(text.slice(0, end));
}
