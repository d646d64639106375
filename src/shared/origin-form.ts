/**
 * The target of a request as servers know it: path and query. Proxies may send
 * it with scheme and host (RFC 9112, 3.2.2), which are not trusted. The part
 * after the host is not changed, because it is signed.
 */
export function originForm(target: string): string {
  const host = /^https?:\/\/[^/?#]*/i.exec(target);
  if (!host) return target;
  const rest = target.slice(host[0].length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}
