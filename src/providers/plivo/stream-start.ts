import type { JsonObject } from '../../shared/json-object.js';
import { MULAW_8K, type WireFormat } from '../../audio/wire-format.js';
import type { PlivoDialect } from './dialect.js';

const PARAMETERS_MAX = 20;
const PARAMETER_MAX = 512;
const RATES = [8000, 16000, 24000] as const;

/** The formats that a `start` names; what we send must be of the same. */
export function formatOf(
  told: unknown,
  { l16 }: Pick<PlivoDialect, 'l16'>,
): { in: WireFormat; out: WireFormat } | 'unknown' {
  const { encoding, sampleRate } = Object(told) as JsonObject;
  if (typeof encoding !== 'string') return 'unknown';
  const hertz = typeof sampleRate === 'string' ? Number(sampleRate) : sampleRate;
  // Some have the rate in the encoding, as it was asked for.
  const [name = ''] = encoding.toLowerCase().split(';', 1);
  switch (name) {
    case 'audio/x-mulaw':
    case 'mulaw':
      return hertz === 8000 ? { in: MULAW_8K, out: MULAW_8K } : 'unknown';
    case 'audio/x-l16':
    case 'l16': {
      const rate = RATES.find((one) => one === hertz);
      if (rate === undefined) return 'unknown';
      return { in: { codec: l16.in, rate }, out: { codec: l16.out, rate } };
    }
    default:
      return 'unknown';
  }
}

/**
 * The parameters that our instruction gave to the stream. They are written `a=1,b=2` there and documented to arrive as
 * `a=1;b=2`; one client of Plivo's also takes JSON, and names may have a prefix.
 */
export function parametersIn(extra: unknown): Record<string, string> {
  const pairs =
    typeof extra === 'string' ? pairsIn(extra) : Object.entries(Object(extra) as JsonObject);
  const parameters: Record<string, string> = {};
  for (const [name, value] of pairs.slice(0, PARAMETERS_MAX)) {
    if (typeof value !== 'string' || name.length + value.length > PARAMETER_MAX) continue;
    const key = name.replace(/^X-(?:PH|VH)-/i, '');
    Object.defineProperty(parameters, key, { value, enumerable: true, configurable: true });
  }
  return parameters;
}

function pairsIn(text: string): Array<[string, unknown]> {
  if (text.startsWith('{')) {
    try {
      return Object.entries(Object(JSON.parse(text)) as JsonObject);
    } catch {
      // Not JSON, though it looks like it: `{a: 1, b: 2}`.
    }
  }
  return text
    .replace(/^\{|\}$/g, '')
    .split(/[;,]/)
    .flatMap((piece): Array<[string, unknown]> => {
      const [, name, value] = /^\s*"?([\w-]+)"?\s*[=:]\s*"?([^"]*?)"?\s*$/.exec(piece) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    });
}
