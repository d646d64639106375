import type { AuditEntry } from '../api/system-types.js';

const API = '/api/v1';
/** By method and route, as the service notes them. */
const ACTIONS: Record<string, string> = {
  'POST /console/api/session': 'Signed in to the console',
  [`POST ${API}/telephony/calls`]: 'Placed a call',
  [`POST ${API}/telephony/calls/:workflow_run_id/hangup`]: 'Hung up a call',
  [`POST ${API}/telephony/calls/:workflow_run_id/transfer`]: 'Transferred a call',
  [`POST ${API}/telephony/calls/:workflow_run_id/digits`]: 'Pressed keys on a call',
  [`DELETE ${API}/telephony/calls/:workflow_run_id`]: 'Erased a call',
  [`POST ${API}/telephony/diagnostics/repairs/numbers`]: 'Set numbers right at the carrier',
  [`POST ${API}/workflows`]: 'Made a workflow',
  [`PATCH ${API}/workflows/:workflow_id`]: 'Changed a workflow',
  [`DELETE ${API}/workflows/:workflow_id`]: 'Deleted a workflow',
  [`POST ${API}/workflows/:workflow_id/versions/:version/restore`]: 'Restored a workflow',
  [`POST ${API}/sounds`]: 'Uploaded a sound',
  [`PATCH ${API}/sounds/:name`]: 'Renamed a sound',
  [`DELETE ${API}/sounds/:name`]: 'Deleted a sound',
  [`POST ${API}/phone-numbers`]: 'Claimed a number',
  [`PATCH ${API}/phone-numbers/:number`]: 'Led a number to a workflow',
  [`DELETE ${API}/phone-numbers/:number`]: 'Released a number',
  [`POST ${API}/carrier-accounts`]: 'Entered a carrier account',
  [`PATCH ${API}/carrier-accounts/:key`]: 'Changed a carrier account',
  [`DELETE ${API}/carrier-accounts/:key`]: 'Deleted a carrier account',
  [`POST ${API}/carrier-accounts/:key/test`]: 'Tested a carrier account',
  [`POST ${API}/users`]: 'Made a user',
  [`POST ${API}/users/:user_id/keys`]: 'Issued a key',
  [`DELETE ${API}/users/:user_id/keys/:key_id`]: 'Revoked a key',
  [`POST ${API}/webhook-endpoints`]: 'Made a webhook endpoint',
  [`PATCH ${API}/webhook-endpoints/:endpoint_id`]: 'Changed a webhook endpoint',
  [`DELETE ${API}/webhook-endpoints/:endpoint_id`]: 'Deleted a webhook endpoint',
  [`POST ${API}/webhook-endpoints/:endpoint_id/test`]: 'Tested a webhook endpoint',
  [`POST ${API}/webhook-endpoints/:endpoint_id/deliveries/:delivery_id/replay`]:
    'Sent an event again',
};

/** What was done; an action that has no words is shown as it was noted. */
export function actionText(action: string): string {
  return ACTIONS[action] ?? action;
}

const SUBJECTS: Record<string, string> = {
  workflow_run_id: 'call',
  workflow_id: 'workflow',
  user_id: 'user',
  key_id: 'key',
  endpoint_id: 'endpoint',
  delivery_id: 'delivery',
};

/** What it was done to: `user 3, key 9`. The id of a message says nothing to a person. */
export function subjectText({ subject }: Pick<AuditEntry, 'subject'>): string {
  return Object.entries(subject)
    .filter(([name, value]) => name !== 'message_id' && value !== null)
    .map(([name, value]) => `${SUBJECTS[name] ?? name.replaceAll('_', ' ')} ${String(value)}`)
    .join(', ');
}
