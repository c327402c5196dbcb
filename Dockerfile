# Three pictures: what the packages are installed in, the hospital, and the server in front of it.
# Pin the two bases by digest in .env (docs/deploy.md): what was tried is then what runs.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm
ARG DEBIAN_IMAGE=debian:bookworm-slim

# ── Packages: the whole lock, each with its hash; pip and its leavings stay behind ──
FROM ${PYTHON_IMAGE} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/hmis \
    && /opt/hmis/bin/pip install --require-hashes --no-deps -r /tmp/requirements.lock

# ── The hospital: web, worker, timetable, archive, each a container of its own ──
FROM ${PYTHON_IMAGE} AS hmis
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 hmis \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin hmis
COPY --from=packages /opt/hmis /opt/hmis
WORKDIR /hmis
COPY . .
ENV PATH=/opt/hmis/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/tmp/cache \
    VAR_DIR=/var/lib/hmis \
    STATIC_ROOT=/srv/static
# Compiled and collected here, so that the file system can be read-only. The key is for this command alone.
# 999 is the user of the postgres picture: a restored data folder must be its own.
RUN python -m compileall -q /hmis \
    && HMIS_MODE=demo SECRET_KEY=for-collecting-static-files DATABASE_URL=postgresql://nobody@127.0.0.1/none \
       python manage.py collectstatic --no-input --verbosity 0 \
           --ignore redoc --ignore rest_framework --ignore django_htmx \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/hmis /status \
    && install -d -o 999 -g 10001 -m 0750 /restored
ARG HMIS_VERSION=
ENV HMIS_VERSION=${HMIS_VERSION}
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "-c", "python:hmis.ops.gunicorn", "--bind", "0.0.0.0:8000", "hmis.wsgi:application"]

# ── The server in front ──
FROM ${DEBIAN_IMAGE} AS proxy
RUN apt-get update \
    && apt-get install -y --no-install-recommends nginx-light \
    && rm -rf /var/lib/apt/lists/* /etc/nginx/sites-enabled \
    && groupadd --gid 10002 proxy-hmis \
    && useradd --uid 10002 --gid 10002 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin proxy-hmis
COPY deploy/nginx.conf /etc/nginx/nginx.conf
USER 10002:10002
EXPOSE 8080 8443
CMD ["nginx"]
