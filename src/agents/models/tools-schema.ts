/** JSON schema of an agent's option `tools`; see `ModelTools`. */
export const TOOLS_SCHEMA = {
  type: 'array',
  title: 'Tools',
  maxItems: 32,
  description:
    'What the model may find out: the arguments of each are stored as facts of the call under its name. `hang_up` and `set_facts` are there always.',
  items: {
    type: 'object',
    title: 'Tool',
    properties: {
      name: {
        type: 'string',
        title: 'Name',
        pattern: '^[a-zA-Z0-9_-]{1,64}$',
        description: 'Letters, digits, _ and -; 64 at most.',
      },
      description: {
        type: 'string',
        title: 'What it is for',
        minLength: 1,
        maxLength: 2_000,
        description: 'Tells the model when to use it.',
      },
      // Of this form, so that it can be entered argument by argument.
      parameters: {
        type: 'object',
        title: 'Arguments',
        description: 'What the model must find out to use it.',
        properties: {
          type: { type: 'string' },
          properties: { type: 'object' },
          required: { type: 'array', items: { type: 'string' } },
        },
      },
    },
    required: ['name', 'description'],
    additionalProperties: false,
  },
};
