import { bad, good, type Kind } from './kinds.js';

const NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Headers as OpenTelemetry writes them: `name=value`, separated by commas, values
 * percent-encoded.
 */
export const headerList: Kind<Readonly<Record<string, string>>> = {
  // Collectors expect their keys in headers.
  secret: true,
  expected: 'name=value separated by commas, such as api-key=abc,x-team=voice',
  parse: (text) => {
    const headers: Record<string, string> = {};
    for (const pair of text.split(',')) {
      const [, name = '', value = ''] = /^\s*([^=\s]+)\s*=(.*)$/.exec(pair) ?? [];
      const decoded = decode(value.trim());
      if (!NAME.test(name) || decoded === null) return bad();
      headers[name.toLowerCase()] = decoded;
    }
    return good(headers);
  },
};

/** Null for a value that no header may hold. */
function decode(value: string): string | null {
  try {
    const decoded = decodeURIComponent(value);
    return /^[\x20-\x7e]+$/.test(decoded) ? decoded : null;
  } catch {
    return null;
  }
}
