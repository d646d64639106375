// Runs on the page at /docs, beside the viewer's bundle.
const { SwaggerUIBundle } = globalThis;

SwaggerUIBundle({
  url: 'docs/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // Nothing is sent to anybody else.
  validatorUrl: null,
});
