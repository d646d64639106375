// Bundles lie in `…/console/assets/`, under whatever path prefix the browser knows us.
const here = import.meta.url;

/** Path of the console, with a slash at its end. */
export const CONSOLE_PATH = new URL('../', here).pathname;
/** Path under which `api/v1` and `console/api` lie. */
export const SERVICE_PATH = new URL('../../', here).pathname;

/** The nonce that this page's content security policy allows styles with. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}
