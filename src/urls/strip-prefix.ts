/** The first path segments that this service answers; see the routes in the controllers. */
const SERVED_ROOTS = ['/api/v1', '/health', '/docs', '/console', '/metrics'];

/** The path prefix of a public origin: `/pbx` for `https://host/pbx`, empty if there is none. */
export function prefixOf(origin: string): string {
  return /^[a-z]+:\/\/[^/]*(\/.*)?$/i.exec(origin)?.[1] ?? '';
}

/**
 * The target as the routes know it. A proxy may pass the public path prefix on
 * or cut it off, so both forms arrive here and the prefix is optional.
 *
 * If a prefix looks like one of our own paths (`/api` before `/api/v1/…`),
 * the rest decides: the prefix is cut only if one of our paths remains, or if
 * the whole target was none of them. The remaining bytes are never changed.
 *
 * @param target raw path and query of the request line
 * @param prefix as {@link prefixOf} gives it
 */
export function stripPrefix(target: string, prefix: string): string {
  if (prefix === '' || !isUnder(target, prefix)) return target;
  const rest = target.slice(prefix.length);
  const stripped = rest.startsWith('/') ? rest : `/${rest}`;
  return isServed(stripped) || !isServed(target) ? stripped : target;
}

function isServed(target: string): boolean {
  return SERVED_ROOTS.some((root) => isUnder(target, root));
}

/** Whether `target` is `path` itself or is below it. */
function isUnder(target: string, path: string): boolean {
  return target.startsWith(path) && ['', '/', '?'].includes(target.charAt(path.length));
}
