/**
 * - `error`, `warning`: what Twilio's Debugger would log; both count as violations.
 * - `notice`: Twilio logs it even when everything is as intended (31921), or it is a
 *   remark about the simulator itself. It is never a violation.
 */
export type AlertLevel = 'error' | 'warning' | 'notice';

/** One line, as Twilio's Debugger would show it. */
export interface Alert {
  /** Twilio's error code (twilio.com/docs/api/errors). */
  code: number;
  level: AlertLevel;
  message: string;
  /** Null if it belongs to no call, such as a refused REST request. */
  callSid: string | null;
  at: Date;
}

export type AlertDraft = Omit<Alert, 'at'>;

export function isViolation(alert: Alert): boolean {
  return alert.level !== 'notice';
}
