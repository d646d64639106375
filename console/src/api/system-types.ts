// What the pages for those who run the service read; see docs/api.md, "Endpoints".

export interface ApiKey {
  key_id: number;
  name: string;
  created_at: string;
}

export interface User {
  user_id: number;
  name: string;
  created_at: string;
  keys: ApiKey[];
}

/** The reply that shows a key, once. */
export interface IssuedKey {
  key_id: number;
  user_id: number;
  name: string;
  key: string;
}

/** A URL to which events about calls are sent. */
export interface Endpoint {
  endpoint_id: number;
  url: string;
  /** Null: all workflows. */
  workflow_id: number | null;
  /** Empty: all types. */
  types: string[];
  enabled: boolean;
  disabled_reason: string | null;
  created_at: string;
}

export interface CreatedEndpoint extends Endpoint {
  secret: string;
}

export interface Delivery {
  delivery_id: number;
  message_id: string;
  workflow_run_id: number;
  type: string;
  state: 'pending' | 'delivered' | 'dead';
  attempts: number;
  next_attempt_at: string | null;
  last_status: number | null;
  last_error: string | null;
  created_at: string;
  delivered_at: string | null;
}

export interface TestedEndpoint {
  message_id: string;
  delivered: boolean;
  status: number | null;
  error: string | null;
  duration_ms: number;
}

export interface AuditEntry {
  audit_id: number;
  user_id: number;
  key_id: number | null;
  action: string;
  subject: Record<string, unknown>;
  http_status: number;
  created_at: string;
}

export interface Setting {
  name: string;
  section: string;
  set: boolean;
  secret: boolean;
  value: string | null;
  description: string;
  absent: string | null;
}

export interface SettingsReport {
  version: string;
  instance: string;
  data: Setting[];
}

/** Calls that ended for the same cause. */
export interface Outcome {
  end_reason: string;
  cause: string | null;
  /** Null: of several workflows. */
  workflow_id: number | null;
  count: number;
  last_run_id: number;
  last_at: string;
}

export interface Outcomes {
  data: Outcome[];
  /** False: there are more calls, or causes, than are told here. */
  complete: boolean;
}

/** `GET /health/ready` */
export interface Readiness {
  status: 'up' | 'down';
  reasons: string[];
}

/** A check whose state turned from down to not down, or back. */
export interface AlertNews {
  change: 'down' | 'back';
  check: string;
  title: string;
  seen: string;
  fix: string | null;
  since: string;
}

export interface AlertDelivery {
  channel: string;
  state: 'pending' | 'delivered' | 'given_up';
  attempts: number;
  delivered_at: string | null;
  next_attempt_at: string | null;
  error: string | null;
}

/** A message to people. */
export interface Alert {
  alert_id: string;
  kind: 'news' | 'test';
  created_at: string;
  instance: string;
  simulated: boolean;
  checks: AlertNews[];
  deliveries: AlertDelivery[];
}

/** What is remembered of a check that is, or lately was, down. */
export interface AlertStanding {
  check: string;
  told: boolean;
  since: string;
  quiet_until: string | null;
}

/** `GET /api/v1/alerts` */
export interface Alerts {
  enabled: boolean;
  every_seconds: number;
  quiet_seconds: number;
  channels: Array<{ channel: string; to: string }>;
  standings: AlertStanding[];
  messages: Alert[];
}
