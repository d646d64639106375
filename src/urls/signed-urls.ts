import { toWss } from './call-urls.js';
import { prefixOf, stripPrefix } from './strip-prefix.js';

/**
 * The public URLs that a carrier may have signed for a request: one for each
 * origin, each once. They are built only from origins we know and the raw target.
 * `Host` and `X-Forwarded-*` are chosen by the sender and play no part.
 *
 * A carrier's adapter adds the carrier's own variations (default port, case of the host,
 * unescaped characters, trailing slash).
 *
 * @param origins the run's own and the current one; unknown ones are null
 * @param target raw path and query as they arrived, with or without the path prefix
 */
export function signedUrls(origins: readonly (string | null)[], target: string): string[] {
  const urls = origins
    .filter((origin) => origin !== null)
    // The carrier signed the URL that we gave it, prefix included, even if a proxy cut the prefix off.
    .map((origin) => origin + stripPrefix(target, prefixOf(origin)));
  return [...new Set(urls)];
}

/** {@link signedUrls} for the upgrade of a media stream, which is signed as `wss://`. */
export function signedUpgradeUrls(origins: readonly (string | null)[], target: string): string[] {
  return signedUrls(
    origins.map((origin) => (origin === null ? null : toWss(origin))),
    target,
  );
}
