# The site in a container; boot.sh lists the processes that it can start.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /home/microblog
# Packages first: they change less often than the code, so this layer stays cached.
COPY requirements.txt requirements-mysql.txt ./
RUN python3 -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --no-compile --require-hashes \
        --requirement requirements.txt --requirement requirements-mysql.txt \
    && .venv/bin/python -m pip uninstall --yes pip setuptools
COPY . .
# Settings for these commands only; none of them stays in the image.
RUN SECRET_KEY="$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    && export SECRET_KEY ALLOWED_HOSTS=localhost LOG_TO_STDOUT=1 \
    && .venv/bin/python manage.py translate compile \
    && .venv/bin/python manage.py collectstatic --no-input \
    && .venv/bin/python -m compileall -q -j 0 . \
    && mkdir archives

FROM ${PYTHON_IMAGE}
# `manage.py backup` calls pg_dump, which must not be older than the server.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --home-dir /home/microblog --uid 10001 microblog
WORKDIR /home/microblog
# The site can read its code and write only to the folder of users' archives.
COPY --from=build /home/microblog ./
RUN chown microblog: archives
USER 10001
ENV LOG_TO_STDOUT=1 PYTHONUNBUFFERED=1 PORT=5000
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s CMD ["./boot.sh", "alive"]
ENTRYPOINT ["./boot.sh"]
CMD ["web"]
