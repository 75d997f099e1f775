FROM python:3.11-slim AS build
RUN python -m venv /opt/followthrough
COPY requirements.lock .
RUN /opt/followthrough/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock

FROM python:3.11-slim
# A number, so that Kubernetes can see that it is not root; with a name, because initdb wants one.
RUN useradd --uid 10001 --no-create-home --home-dir /srv/followthrough --shell /usr/sbin/nologin followthrough
COPY --from=build /opt/followthrough /opt/followthrough
# As in a checkout, where the migrations are found beside the code; nothing here belongs to the user who runs it.
WORKDIR /srv/followthrough
COPY pyproject.toml LICENSE alembic.ini* ./
COPY alembic alembic
COPY app app
ENV PATH=/opt/followthrough/bin:$PATH PYTHONPATH=/srv/followthrough PYTHONUNBUFFERED=1
RUN printf '#!/bin/sh\nexec python -P -m app.cli "$@"\n' >/usr/local/bin/followthrough \
  && chmod 755 /usr/local/bin/followthrough \
  && python -m compileall -q app \
  && install -d -m 700 -o 10001 -g 10001 var
USER 10001
# The embedded PostgreSQL and the first key, unless FOLLOWTHROUGH_DATABASE_URL names a server.
VOLUME /srv/followthrough/var
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["followthrough", "serve", "--host", "0.0.0.0", "--port", "8000"]
