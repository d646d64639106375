# The image of the service. SQLite and recordings live in the volume /data;
# sounds that agents may play are mounted at /media, agents of your own at /agents.
#
# The base image is named by its release line, not by a digest: a digest would
# keep the system libraries of the day it was written, security fixes and all.
# Whoever needs the same bytes twice pins it when building; see "A release" in
# CONTRIBUTING.md.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json tsconfig.types.json ./
COPY scripts ./scripts
COPY assembly ./assembly
COPY tools ./tools
COPY console ./console
COPY src ./src
COPY docs/asyncapi.yaml ./docs/asyncapi.yaml
RUN node scripts/build.mjs && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    DATA_DIR=/data \
    MEDIA_DIR=/media \
    AGENTS_DIR=/agents
WORKDIR /app
# A new volume takes its owner from the directory it covers.
RUN install -d -o node -g node /data /media /agents
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY models ./models
COPY sounds ./sounds
USER node
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8000) + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
