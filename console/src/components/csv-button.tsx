import { send } from '../api/http.js';
import { useAction } from '../hooks.js';
import { m } from '../messages/first.js';
import { ErrorNotice } from './notice.js';

/** The address is free again once the browser has begun to save the file. */
const SAVED_AFTER_MS = 60_000;

/** Saves all calls that the filters show, however many pages they are. */
export function CsvButton({ path }: { path: string }) {
  const { busy, error, run } = useAction();
  const save = (): void =>
    run(async () => {
      const response = await send('GET', path, { headers: { accept: 'text/csv' } });
      const url = URL.createObjectURL(await response.blob());
      const link = document.createElement('a');
      link.href = url;
      link.download = 'calls.csv';
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), SAVED_AFTER_MS);
    });
  return (
    <>
      <ErrorNotice error={error} />
      <button type="button" class="plain" disabled={busy} onClick={save}>
        {busy ? m.calls.readingAllCalls : m.calls.saveAsCsv}
      </button>
    </>
  );
}
