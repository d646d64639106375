import { useCallback, useMemo } from 'preact/hooks';
import type { List, Workflow } from '../api/types.js';
import { useLoad } from '../hooks.js';

/** Names for ids; a workflow that was deleted is known by its number alone. */
export function useWorkflowNames(): {
  workflows: readonly Workflow[];
  /** They are known: none means that there are none. */
  loaded: boolean;
  error: unknown;
  nameOf: (workflowId: number) => string;
} {
  const { data, error } = useLoad<List<Workflow>>('api/v1/workflows');
  const names = useMemo(
    () => new Map(data?.data.map(({ workflow_id: id, name }) => [id, name])),
    [data],
  );
  const nameOf = useCallback((id: number) => names.get(id) ?? `Workflow ${id}`, [names]);
  return { workflows: data?.data ?? [], loaded: data !== null, error, nameOf };
}
