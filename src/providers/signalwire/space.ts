/** Where a space has its Compatibility API, without a trailing slash. */
export function baseOfSpace(space: string): string {
  const host = space.includes('.') ? space : `${space}.signalwire.com`;
  return `https://${host.toLowerCase()}/api/laml`;
}
