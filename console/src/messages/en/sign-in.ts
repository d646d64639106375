export const signIn = {
  apiKey: 'API key',
  signInPatchbay: 'Sign in · Patchbay',
  signIn: 'Sign in',
  yourSessionIsOverSign: 'Your session is over. Sign in again, and you are back where you were.',
  theOneInApiKey:
    'The one in <code>API_KEY</code>, or in the file <code>api-key</code> of the data directory.',
  thisLinkSignsYouIn: 'This link signs you in as the administrator. It works once.',
  signInWithThisLink: 'Sign in with this link',
  isNotTheKeyOf: 'is not the key of anyone here',
} as const;
