/** How far an instance's clock may be from the store's, in milliseconds: it is told of beyond this. */
export const SKEW_WARN_MS = 500;
/** Beyond this its times are wrong by more than calls can bear: it takes no calls beside others. */
export const SKEW_DOWN_MS = 2_000;
