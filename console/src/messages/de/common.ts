import type { common as english } from '../en/common.js';
import type { Translation } from '../fill.js';

export const common: Translation<typeof english> = {
  name: 'Name',
  create: 'Anlegen',
  save: 'Speichern',
  hangUp: 'Auflegen',
  workflow: 'Workflow',
  cancel: 'Abbrechen',
  workflows: 'Workflows',
  numbers: 'Rufnummern',
  ready: 'bereit',
  busy: 'besetzt',
};
