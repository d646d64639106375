/**
 * - `error`, `warning`: as Twilio's Debugger would log it; both count as violations.
 * - `notice`: Twilio logs it even when all is as intended (31921), or it is a
 *   remark about the simulator itself. Never a violation.
 */
export type AlertLevel = 'error' | 'warning' | 'notice';

/** One line of what would be Twilio's Debugger. */
export interface Alert {
  /** Twilio's error code (twilio.com/docs/api/errors). */
  code: number;
  level: AlertLevel;
  message: string;
  /** Null for what belongs to no call, such as a refused REST request. */
  callSid: string | null;
  at: Date;
}

export type AlertDraft = Omit<Alert, 'at'>;

export function isViolation(alert: Alert): boolean {
  return alert.level !== 'notice';
}
