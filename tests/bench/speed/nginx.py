"""nginx as a relay: `python -m tests.bench.speed.nginx FOLDER PORT_OF_UPSTREAM`.

One process, nothing buffered, nothing logged, connections kept. Its pid is in the folder.
https://nginx.org/en/docs/http/ngx_http_proxy_module.html
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from local.failure import Failure
from local.processes import end_on_signals
from tests.bench.processes import free_port
from tests.bench.speed.listening import wait_for_port

PLACES = ("nginx", "/usr/sbin/nginx")  # Debian keeps it off the path of those who are not root
PID = "nginx.pid"
FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def find_nginx() -> str | None:
    return next((found for place in PLACES if (found := shutil.which(place))), None)


def write_config(folder: Path, port: int, upstream: int) -> Path:
    temporary = "\n".join(f"  {name}_temp_path {folder / name};" for name in FOLDERS)
    user = "user root;\n" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(f"""\
{user}worker_processes 1;
master_process off;
daemon off;
pid {folder / PID};
error_log stderr crit;
events {{ worker_connections 2048; }}
http {{
{temporary}
  access_log off;
  client_max_body_size 0;
  client_body_buffer_size 4m;
  keepalive_requests 1000000;
  upstream azure {{
    server 127.0.0.1:{upstream};
    keepalive 256;
    keepalive_requests 1000000;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=2048;
    location / {{
      proxy_pass http://azure;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }}
  }}
}}
""")
    return config


def read_pid(folder: Path) -> int:
    return int((folder / PID).read_text())


def serve(folder: Path, upstream: int) -> int:
    """nginx ends with this process: it is in its group, and of no session of its own."""
    nginx, port = find_nginx(), free_port()
    if not nginx:
        raise Failure("nginx is not installed.")
    config = write_config(folder, port, upstream)
    command = [nginx, "-p", str(folder), "-e", "stderr", "-c", str(config)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            wait_for_port(port)
            print(f"http://127.0.0.1:{port}", flush=True)
            return process.wait()
        finally:
            process.terminate()


if __name__ == "__main__":
    end_on_signals()
    with suppress(KeyboardInterrupt):
        sys.exit(serve(Path(sys.argv[1]), int(sys.argv[2])))
