export const agents = {
  newWorkflow: 'New workflow',
  agents: 'Agents',
  anAgentIsWhatListens:
    'An agent is what listens and speaks on a call. A workflow says which one answers. Agents of your own come from <code>AGENTS_DIR</code>.',
  newWorkflowWith: 'New workflow with {name}',
  newWorkflowWithIt: 'New workflow with it',
  aWorkflowOfItMust: 'A workflow of it must say: {options}.',
  makeAWorkflowWithIt: '<link>Make a workflow with it</link>, and save it.',
  onTheWorkflowsPagePress: 'On the workflow’s page, press “Talk to it”.',
  leadOneOfYourNumbers: 'Lead one of your numbers to the workflow, or place a call with it.',
  workflowsWith: 'Workflows with {name}',
  needs: 'Needs {setting}',
  itNeedsWhichIsNot: 'It needs {setting}, which is not set.',
  isNotSet: '{setting} is not set',
} as const;
