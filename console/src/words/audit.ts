import type { AuditEntry } from '../api/system-types.js';
import { m } from '../messages/all.js';

const API = '/api/v1';
/** By method and route, as the service notes them. */
const ACTIONS: Record<string, string> = {
  'POST /console/api/session': m.audit.signedInToTheConsole,
  [`POST ${API}/telephony/calls`]: m.audit.placedACall,
  [`POST ${API}/telephony/calls/:workflow_run_id/hangup`]: m.audit.hungUpACall,
  [`POST ${API}/telephony/calls/:workflow_run_id/transfer`]: m.audit.transferredACall,
  [`POST ${API}/telephony/calls/:workflow_run_id/digits`]: m.audit.pressedKeysOnACall,
  [`DELETE ${API}/telephony/calls/:workflow_run_id`]: m.audit.erasedACall,
  [`POST ${API}/telephony/diagnostics/repairs/numbers`]: m.audit.setNumbersRightAtThe,
  [`POST ${API}/workflows`]: m.audit.madeAWorkflow,
  [`PATCH ${API}/workflows/:workflow_id`]: m.audit.changedAWorkflow,
  [`DELETE ${API}/workflows/:workflow_id`]: m.audit.deletedAWorkflow,
  [`POST ${API}/workflows/:workflow_id/versions/:version/restore`]: m.audit.restoredAWorkflow,
  [`POST ${API}/sounds`]: m.audit.uploadedASound,
  [`PATCH ${API}/sounds/:name`]: m.audit.renamedASound,
  [`DELETE ${API}/sounds/:name`]: m.audit.deletedASound,
  [`POST ${API}/phone-numbers`]: m.audit.claimedANumber,
  [`PATCH ${API}/phone-numbers/:number`]: m.audit.ledANumberToA,
  [`DELETE ${API}/phone-numbers/:number`]: m.audit.releasedANumber,
  [`POST ${API}/carrier-accounts`]: m.audit.enteredACarrierAccount,
  [`PATCH ${API}/carrier-accounts/:key`]: m.audit.changedACarrierAccount,
  [`DELETE ${API}/carrier-accounts/:key`]: m.audit.deletedACarrierAccount,
  [`POST ${API}/carrier-accounts/:key/test`]: m.audit.testedACarrierAccount,
  [`POST ${API}/users`]: m.audit.madeAUser,
  [`POST ${API}/users/:user_id/keys`]: m.audit.issuedAKey,
  [`DELETE ${API}/users/:user_id/keys/:key_id`]: m.audit.revokedAKey,
  [`POST ${API}/webhook-endpoints`]: m.audit.madeAWebhookEndpoint,
  [`PATCH ${API}/webhook-endpoints/:endpoint_id`]: m.audit.changedAWebhookEndpoint,
  [`DELETE ${API}/webhook-endpoints/:endpoint_id`]: m.audit.deletedAWebhookEndpoint,
  [`POST ${API}/webhook-endpoints/:endpoint_id/test`]: m.audit.testedAWebhookEndpoint,
  [`POST ${API}/webhook-endpoints/:endpoint_id/deliveries/:delivery_id/replay`]:
    m.audit.sentAnEventAgain,
};

/** What was done; an action that has no words is shown as it was noted. */
export function actionText(action: string): string {
  return ACTIONS[action] ?? action;
}

const SUBJECTS: Record<string, string> = {
  workflow_run_id: m.audit.call,
  workflow_id: m.audit.workflow,
  user_id: m.audit.user2,
  key_id: m.audit.key,
  endpoint_id: m.audit.endpoint,
  delivery_id: m.audit.delivery,
};

/** What it was done to: `user 3, key 9`. The id of a message says nothing to a person. */
export function subjectText({ subject }: Pick<AuditEntry, 'subject'>): string {
  return Object.entries(subject)
    .filter(([name, value]) => name !== 'message_id' && value !== null)
    .map(([name, value]) => `${SUBJECTS[name] ?? name.replaceAll('_', ' ')} ${String(value)}`)
    .join(', ');
}
