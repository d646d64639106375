export const common = {
  name: 'Name',
  create: 'Create',
  save: 'Save',
  hangUp: 'Hang up',
  workflow: 'Workflow',
  cancel: 'Cancel',
  workflows: 'Workflows',
  numbers: 'Numbers',
  ready: 'ready',
  busy: 'busy',
} as const;
