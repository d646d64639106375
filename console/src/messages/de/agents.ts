import type { agents as english } from '../en/agents.js';
import type { Translation } from '../fill.js';

export const agents: Translation<typeof english> = {
  newWorkflow: 'Neuer Workflow',
  agents: 'Agenten',
  anAgentIsWhatListens:
    'Ein Agent ist, was in einem Anruf zuhört und spricht. Ein Workflow bestimmt, welcher antwortet. Eigene Agenten kommen aus <code>AGENTS_DIR</code>.',
  newWorkflowWith: 'Neuer Workflow mit {name}',
  newWorkflowWithIt: 'Neuer Workflow damit',
  aWorkflowOfItMust: 'Ein Workflow damit muss angeben: {options}.',
  makeAWorkflowWithIt: '<link>Einen Workflow damit anlegen</link> und speichern.',
  onTheWorkflowsPagePress: 'Auf der Seite des Workflows „Ausprobieren“ wählen.',
  leadOneOfYourNumbers: 'Eine Ihrer Rufnummern zum Workflow führen oder einen Anruf damit starten.',
  workflowsWith: 'Workflows mit {name}',
  needs: 'Braucht {setting}',
  itNeedsWhichIsNot: 'Er braucht {setting}; das ist nicht gesetzt.',
  isNotSet: '{setting} ist nicht gesetzt',
};
