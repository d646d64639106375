import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo, useRef } from 'preact/hooks';
import { troubleOf, type Trouble } from '../words/field-errors.js';
import { ErrorNotice } from './notice.js';

const Context = createContext<Trouble['at']>({});

/** What is wrong with a field of the surrounding form, as a sentence; null: nothing. */
export function useTrouble(name: string | undefined): string | null {
  const at = useContext(Context);
  return name === undefined ? null : (at[name] ?? null);
}

interface FormProps {
  /** Why the form was not accepted. */
  error: unknown;
  /** Labels by the API's names of the fields. Errors of these are shown at the field. */
  labels: Readonly<Record<string, string>>;
  onSubmit: () => void;
  children: ComponentChildren;
  /** What follows the errors that belong to no field, mainly the buttons. */
  end: ComponentChildren;
}

/** A form that shows each error at its field and moves the focus to the first one. */
export function Form({ error, labels, onSubmit, children, end }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const { at, rest } = useMemo(() => troubleOf(error, labels), [error]);
  useEffect(() => {
    const first = form.current?.querySelector<HTMLElement>(
      '[aria-invalid=true], [data-invalid=true]',
    );
    first?.closest('details')?.setAttribute('open', '');
    first?.focus();
  }, [at]);
  return (
    <form
      ref={form}
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Context.Provider value={at}>{children}</Context.Provider>
      <ErrorNotice error={rest} />
      {end}
    </form>
  );
}
