import { accounts } from './accounts.js';
import { agents } from './agents.js';
import { alerts } from './alerts.js';
import { audit } from './audit.js';
import { call } from './call.js';
import { doctor } from './doctor.js';
import { menus } from './menus.js';
import { numbers } from './numbers.js';
import { options } from './options.js';
import { phone } from './phone.js';
import { place } from './place.js';
import { quality } from './quality.js';
import { recording } from './recording.js';
import { refusals } from './refusals.js';
import { schemas } from './schemas.js';
import { sounds } from './sounds.js';
import { system } from './system.js';
import { timeline } from './timeline.js';
import { users } from './users.js';
import { versions } from './versions.js';
import { webhooks } from './webhooks.js';
import { workflows } from './workflows.js';

/** The German of `en/rest.ts`. */
export const rest = {
  accounts,
  agents,
  alerts,
  audit,
  call,
  doctor,
  menus,
  numbers,
  options,
  phone,
  place,
  quality,
  recording,
  refusals,
  schemas,
  sounds,
  system,
  timeline,
  users,
  versions,
  webhooks,
  workflows,
};
