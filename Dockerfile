FROM python:3.13-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /hmis hmis

WORKDIR /hmis
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .

ENV PYTHONUNBUFFERED=1 VAR_DIR=/var/hmis
RUN install -d -o hmis /var/hmis
USER hmis
VOLUME /var/hmis
EXPOSE 8000
# One process per container; docker-compose.yml names the others. Query strings and addresses stay out of the log.
CMD ["gunicorn", "hmis.wsgi:application", "--bind", "0.0.0.0:8000", "--preload", "--no-control-socket", \
     "--access-logfile", "-", "--access-logformat", "%(t)s %(m)s %(U)s %(s)s %(M)sms"]
