// The Jest environment of all spec files that a worker runs: one realm, so that the modules that
// `shared-runtime.cjs` keeps can serve every file. What a file may have left changed in it is
// put back when the file ends.
const { default: NodeEnvironment } = require('jest-environment-node');

let realm = null;

module.exports = class SharedEnvironment {
  constructor(config, context) {
    realm ??= new NodeEnvironment(config, context);
    const { process } = realm.global;
    const { exit } = process;
    const variables = { ...process.env };
    // Called by Jest in place of the environment's own.
    realm.teardown = async () => {
      realm.fakeTimersModern.useRealTimers();
      process.exit = exit;
      for (const name of Object.keys(process.env))
        if (!(name in variables)) delete process.env[name];
      Object.assign(process.env, variables);
    };
    return realm;
  }
};
