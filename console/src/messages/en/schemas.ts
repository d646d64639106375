export const schemas = {
  /** By the English titles in the schemas of agents and carriers, which the service sends. */
  titles: {} as Readonly<Record<string, string>>,
} as const;
