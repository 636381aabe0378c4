# The production image: the worker, its templates and its data. No embedded Redis, no tests, no build tools, not root.

FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv --without-pip /opt/worker && python -m venv /opt/tools
COPY requirements.runtime.lock requirements.build.lock ./
RUN /opt/tools/bin/pip --python /opt/worker/bin/python install --no-cache-dir --require-hashes --requirement requirements.runtime.lock \
 && /opt/tools/bin/pip install --no-cache-dir --require-hashes --requirement requirements.build.lock
COPY pyproject.toml README.md LICENSE ./
COPY templates templates
COPY data data
COPY worker worker
RUN /opt/tools/bin/hatchling build --target wheel \
 && /opt/tools/bin/pip --python /opt/worker/bin/python install --no-cache-dir --no-deps dist/*.whl \
 && /opt/worker/bin/python -m compileall -q /opt/worker

FROM python:3.13-slim
# Nothing in the image can install anything.
RUN python -m pip uninstall --yes --root-user-action=ignore pip \
 && rm -rf /usr/local/lib/python3.13/ensurepip
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin worker \
 && install --directory --owner worker --group worker /var/lib/worker
COPY --from=build /opt/worker /opt/worker
ENV PATH=/opt/worker/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    WORKER_STATE_DIR=/var/lib/worker \
    WORKER_OUTBOX_DIR=/var/lib/worker/outbox \
    WORKER_RUN_HEALTH_LISTEN=127.0.0.1:9192
USER worker
WORKDIR /var/lib/worker
# Results of sends that could not be recorded while the ledger was away wait here: the volume must outlive the container.
VOLUME /var/lib/worker
# Of `worker run`: its processes live and take messages from the queue. `worker serve` has /healthz and /readyz at its own port.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9192/healthz', timeout=3)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["worker"]
CMD ["run"]
