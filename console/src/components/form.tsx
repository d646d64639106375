import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo, useRef } from 'preact/hooks';
import { troubleOf, type Trouble } from '../words/field-errors.js';
import { ErrorNotice } from './notice.js';

const Context = createContext<Trouble['at']>({});

/** What is wrong with a field of the form around, in a sentence; null: nothing. */
export function useTrouble(name: string | undefined): string | null {
  const at = useContext(Context);
  return name === undefined ? null : (at[name] ?? null);
}

interface FormProps {
  /** Why it was not accepted. */
  error: unknown;
  /** Of its fields, by the API's names of them: what is wrong with these is said there. */
  labels: Readonly<Record<string, string>>;
  onSubmit: () => void;
  children: ComponentChildren;
  /** Under what is wrong with no field in particular: buttons, above all. */
  end: ComponentChildren;
}

/** A form that says at each field what is wrong with it, and leads to the first of them. */
export function Form({ error, labels, onSubmit, children, end }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const { at, rest } = useMemo(() => troubleOf(error, labels), [error]);
  useEffect(() => {
    const first = form.current?.querySelector<HTMLElement>('[aria-invalid=true]');
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
