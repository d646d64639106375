/**
 * The variables of the environment that are not ours: settings of the agents of
 * `AGENTS_DIR`, including secrets.
 */
export class AgentVariables {
  constructor(readonly env: Readonly<Record<string, string>>) {}
}
