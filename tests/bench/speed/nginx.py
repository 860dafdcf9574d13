"""nginx as a relay: one process, nothing buffered, nothing logged, connections kept.

https://nginx.org/en/docs/http/ngx_http_proxy_module.html
"""

import os
import shutil
from pathlib import Path

PLACES = ("nginx", "/usr/sbin/nginx")  # Debian keeps it off the path of those who are not root
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
pid {folder / "nginx.pid"};
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


def command(nginx: str, folder: Path, config: Path) -> list[str]:
    return [nginx, "-p", str(folder), "-e", "stderr", "-c", str(config)]
