import { defineConfig } from 'vite';

export default defineConfig({
  // Served with and without a path prefix, so nothing may be absolute.
  base: './',
  publicDir: false,
  // Replaced in every reply; see src/operations/console/console-files.ts.
  html: { cspNonce: '__NONCE__' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    license: { fileName: 'licenses.md' },
  },
});
