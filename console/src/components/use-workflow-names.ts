import { useCallback, useMemo, useRef } from 'preact/hooks';
import type { Workflow } from '../api/types.js';
import { useCallChanges, useList } from '../hooks.js';

/** Names for ids; a workflow that was deleted is known by its number alone. */
export function useWorkflowNames(): {
  workflows: readonly Workflow[];
  /** They are known: none means that there are none. */
  loaded: boolean;
  error: unknown;
  nameOf: (workflowId: number) => string;
} {
  const { data, error, reload } = useList<Workflow>('api/v1/workflows');
  const askedFor = useRef(new Set<number>());
  const names = useMemo(
    () => new Map(data?.data.map(({ workflow_id: id, name }) => [id, name])),
    [data],
  );
  // A call of one that was made since; asked for once, as the name of one that was deleted never comes.
  useCallChanges(({ workflow_id: id }) => {
    if (!data || names.has(id) || askedFor.current.has(id)) return;
    askedFor.current.add(id);
    reload();
  });
  const nameOf = useCallback((id: number) => names.get(id) ?? `Workflow ${id}`, [names]);
  return { workflows: data?.data ?? [], loaded: data !== null, error, nameOf };
}
