# syntax=docker/dockerfile:1

# --- compile ---------------------------------------------------------------------------------------------------------
FROM node:26-slim AS build
# For pkcs11js, which is compiled.
RUN apt-get update && apt-get install -y --no-install-recommends python3 make g++ && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json ./
# The base image brings Node: the copies that npm ci brings elsewhere (optional packages) are only left out of the
# final image below, because the compiler's native part is an optional package too.
RUN npm ci --ignore-scripts --no-audit --no-fund && npm_config_nodedir=/usr/local npm rebuild pkcs11js
COPY .swcrc ./
COPY scripts ./scripts
COPY apps ./apps
COPY libs ./libs
# `dist` is a link to the build; the image gets the files.
RUN node scripts/build.mjs && cp -rL dist image-dist

# --- packages of the running server ----------------------------------------------------------------------------------
FROM node:26-slim AS packages
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

# --- the image -------------------------------------------------------------------------------------------------------
FROM node:26-slim
# npm is not needed to run, and what is not there cannot be misused.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg \
  && install -d -o node -g node -m 0700 /var/lib/claviger/data /var/lib/claviger/seal /var/lib/claviger/anchor
WORKDIR /app
COPY --from=packages /build/node_modules ./node_modules
# The way to a hardware module; the vendor's library is mounted by whoever has one, and named by CLAVIGER_PKCS11_MODULE.
COPY --from=build /build/node_modules/pkcs11js ./node_modules/pkcs11js
COPY --from=build /build/image-dist ./dist
COPY package.json ./

# No debugger by signal (see scripts/start.sh); core dumps are off by the container's limits (docker-compose.yml).
ENV NODE_ENV=production \
    NODE_OPTIONS="--enable-source-maps --disable-sigusr1" \
    CLAVIGER_DATA=/var/lib/claviger/data \
    CLAVIGER_SEAL_KEYFILE=/var/lib/claviger/seal/root.key \
    CLAVIGER_ANCHOR=/var/lib/claviger/anchor
# Three volumes, on purpose: a copy of the data alone decrypts nothing, and the anchor notices an old copy of it.
VOLUME ["/var/lib/claviger/data", "/var/lib/claviger/seal", "/var/lib/claviger/anchor"]
USER node
EXPOSE 7070
STOPSIGNAL SIGTERM
CMD ["node", "dist/apps/server/src/main.js"]
