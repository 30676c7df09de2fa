# The service in a container; compose.yaml and docs/operations.md say how to run it.
#
#   docker build -t zai-chat .
#   docker build -t zai-chat --build-arg BASE=debian:trixie-slim@sha256:… .
#
# The second names an image by its digest, for the same one each time; which is the newest
# `docker buildx imagetools inspect debian:trixie-slim` says. None stands here, for it could
# not be asked where this is made, and an old one has old packages.
#
# `python -m deploy.docker.tried` does these steps in a fresh Debian, without Docker.

ARG BASE=debian:trixie-slim

FROM ${BASE} AS build
# Debian keeps the newest version of a package alone: there is nothing to pin.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/zai-chat
COPY requirements.lock ./
# Every version and hash is in the lock, and nothing is compiled. What installed them goes.
RUN python3 -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --no-compile -r requirements.lock \
    && .venv/bin/python -m pip uninstall --yes --disable-pip-version-check pip
COPY manage.py pyproject.toml ./
COPY config config
COPY chat chat
COPY deploy/docker/first_secrets.py ./
# A root file system that cannot be written has no room for this later. A link leads to
# the settings that first_secrets.py writes, where it is used.
RUN .venv/bin/python -m compileall -q . \
    && ln -s /run/zai-chat/env .env

FROM ${BASE}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin zai-chat \
    && install -d -m 0700 -o zai-chat -g zai-chat /var/lib/zai-chat
COPY --from=build /opt/zai-chat /opt/zai-chat
WORKDIR /opt/zai-chat
# Of uvicorn, WEB_CONCURRENCY is the number of workers.
ENV PATH=/opt/zai-chat/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WEB_CONCURRENCY=1 \
    CHAT_SPOOL_DIR=/var/lib/zai-chat/spool \
    DATABASE_URL=sqlite:////var/lib/zai-chat/db.sqlite3
USER 10001
VOLUME /var/lib/zai-chat
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
# No shell in between: signals reach the server. Give it 50 seconds to stop.
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--no-proxy-headers", "--timeout-keep-alive", "75", "--timeout-graceful-shutdown", "40"]
