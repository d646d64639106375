// Bundles are in `…/console/assets/`, below the path prefix under which the browser reached the service.
const here = import.meta.url;

/** The path of the console, with a slash at its end. */
export const CONSOLE_PATH = new URL('../', here).pathname;
/** The path below which `api/v1` and `console/api` are. */
export const SERVICE_PATH = new URL('../../', here).pathname;

/** The nonce with which this page's content security policy allows styles. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}
