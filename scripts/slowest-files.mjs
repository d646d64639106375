// A Jest reporter that lists the ten files that took longest, after a run of more than ten files.
const SHOWN = 10;

export default class SlowestFiles {
  onRunComplete(_contexts, { testResults }) {
    if (testResults.length <= SHOWN) return;
    const files = testResults
      .map(({ testFilePath, perfStats: { start, end } }) => [(end - start) / 1_000, testFilePath])
      .sort(([one], [other]) => other - one)
      .slice(0, SHOWN)
      .map(([seconds, path]) => `${seconds.toFixed(1).padStart(7)} s  ${relative(path)}`);
    process.stderr.write(`\nThe slowest files:\n${files.join('\n')}\n`);
  }
}

function relative(path) {
  const root = `${process.cwd()}/`;
  return path.startsWith(root) ? path.slice(root.length) : path;
}
