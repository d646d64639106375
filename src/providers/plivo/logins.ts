/** Plivo's way to sign in: user name and password. */
export function basicLogin(authId: string, authToken: string): Record<string, string> {
  const credentials = Buffer.from(`${authId}:${authToken}`, 'utf8').toString('base64');
  return { Authorization: `Basic ${credentials}` };
}
