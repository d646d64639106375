/** RFC 2822 as Twilio writes it: `Sat, 07 May 2022 14:30:14 +0000`. */
export function rfc2822(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}
