# Two images of one source:
#   docker build --target serve    -t responder:serve .      web, queue, beat, feeds; no torch
#   docker build --target training -t responder:training .   worker: weekly training and drift reports need more
# Both run as a user without rights on a read-only file system; what they write lies under /var/lib/responder.
# Both name the same Python; its lock files are under requirements/.
ARG PYTHON=3.11
ARG LOCK=py311

FROM python:${PYTHON}-slim-bookworm AS build
ARG LOCK
ARG UV=0.9.7
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1
RUN pip install --no-cache-dir "uv==${UV}" && python -m venv --without-pip /opt/responder
WORKDIR /source
COPY requirements requirements
# Dependencies first: their layer stays while the code changes.
RUN uv pip install --python /opt/responder/bin/python --no-deps --require-hashes \
    --requirement "requirements/${LOCK}-serve.txt"
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY responder responder
COPY classifier classifier
COPY monitoring monitoring
COPY templates templates
COPY static static
RUN uv build --wheel --out-dir /wheels .

FROM build AS serve-environment
RUN uv pip install --python /opt/responder/bin/python --no-deps /wheels/*.whl

FROM build AS training-environment
ARG LOCK
# torch as a CPU build, never the default one, which pulls CUDA.
RUN uv pip install --python /opt/responder/bin/python --no-deps --torch-backend cpu --requirement requirements/torch.txt \
 && uv pip install --python /opt/responder/bin/python --no-deps --require-hashes \
    --requirement "requirements/${LOCK}-run.txt" \
 && uv pip install --python /opt/responder/bin/python --no-deps /wheels/*.whl

FROM python:${PYTHON}-slim-bookworm AS base
# pg_dump and pg_restore for `responder backup` and `restore`; Pango and a font for situation reports as PDF.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
    postgresql-client libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin responder \
 && install -d -o responder -g responder -m 0700 /var/lib/responder
ENV PATH=/opt/responder/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONSAFEPATH=1 HOME=/tmp \
    RESPONDER_DATA_DIR=/var/lib/responder RESPONDER_LOG_FORMAT=json
WORKDIR /var/lib/responder
VOLUME /var/lib/responder
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "responder.processes.server", "--host", "0.0.0.0", "--port", "8000", "--graceful-seconds", "20"]
# Asks by the site's own name: Django answers to no other. Other processes than web switch this check off.
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s --retries=3 CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': os.environ.get('RESPONDER_ALLOWED_HOSTS', 'localhost').split(',')[0]}), timeout=2)"]

FROM base AS serve
COPY --from=serve-environment /opt/responder /opt/responder

FROM base AS training
COPY --from=training-environment /opt/responder /opt/responder
