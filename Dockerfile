# The app on its own small host: docs/deployment.md. Any architecture.
#   docker build -t azure-gpt-proxy .
#   docker run --rm -p 127.0.0.1:7071:7071 --env-file .env azure-gpt-proxy
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.txt constraints.txt ./
RUN pip install --no-cache-dir --no-compile --ignore-installed --prefix=/install -r requirements.txt "uvloop~=0.21.0"
COPY function_app.py proxy_app.py proxy_response.py web_extension.py worker_tuning.py wrong_packages.py host.json ./
COPY proxy_core proxy_core
COPY local local
# Paths as they will be there: byte code remembers where it came from.
RUN python -m compileall -q -s /install -p /usr/local /install && python -m compileall -q .

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1
COPY --from=build /install /usr/local
COPY --from=build /app /app
WORKDIR /app
USER 10001
EXPOSE 7071
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:7071/cursor/health', timeout=4)"]
CMD ["python", "-m", "local.host", "--host", "0.0.0.0", "--port", "7071"]
