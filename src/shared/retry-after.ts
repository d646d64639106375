/** Longer pauses are cut to this. */
const RETRY_AFTER_MAX_SECONDS = 3_600;

/**
 * `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3).
 *
 * @returns seconds from `now`, 0 to 3,600; null when the header cannot be read
 */
export function retryAfter(header: string | undefined, now: Date): number | null {
  if (header === undefined || header.trim() === '') return null;
  const seconds = /^\d+$/.test(header.trim())
    ? Number(header)
    : (Date.parse(header) - now.getTime()) / 1000;
  if (Number.isNaN(seconds)) return null;
  return Math.min(Math.max(0, Math.ceil(seconds)), RETRY_AFTER_MAX_SECONDS);
}
