import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { projectFiles } from './pages.js';

/** What commands make once for all pages, as a reader has it who goes on to another one. */
const KEPT = new Set(['node_modules', 'dist']);

/** The project as somebody has it who has just cloned it, with what is not committed yet. */
export class CleanCheckout {
  private readonly files = new Set(projectFiles().filter((name) => existsSync(name)));

  private constructor(readonly folder: string) {}

  static async make(): Promise<CleanCheckout> {
    const checkout = new CleanCheckout(await mkdtemp(join(tmpdir(), 'patchbay-clone-')));
    await checkout.restore();
    return checkout;
  }

  /** Puts every file back, and takes away what commands have made since; not what `npm ci` and the build have. */
  async restore(): Promise<void> {
    for (const name of this.filesBelow(this.folder)) {
      if (!this.files.has(name)) await rm(join(this.folder, name), { force: true });
    }
    for (const name of this.files) {
      const copy = join(this.folder, name);
      await mkdir(dirname(copy), { recursive: true });
      // With its times, by which the build sees that it has been done.
      await cp(name, copy, { preserveTimestamps: true });
    }
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** Relative to the checkout. Folders in which nothing is are taken away meanwhile. */
  private filesBelow(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      const name = relative(this.folder, path);
      if (!entry.isDirectory()) return [name];
      if (KEPT.has(name)) return [];
      const below = this.filesBelow(path);
      if (below.length === 0) rmdirSync(path);
      return below;
    });
  }
}
