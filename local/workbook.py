"""infra/queries -> infra/workbook.json, which the portal imports: `python -m local.workbook`.

https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-overview
"""

import json
from pathlib import Path
from typing import Any

INFRA = Path(__file__).resolve().parent.parent / "infra"
SCHEMA = (
    "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json"
)
INSIGHTS = "microsoft.insights/components"
PERIOD = "Period"
DAYS = (1, 7, 30, 90)
SECTIONS = {  # query -> what stands above it
    "usage": "Usage and cost",
    "speed": "First word and whole reply",
    "errors": "Errors",
    "retries": "Retries and other resources",
    "cache": "Azure's cache",
    "worker": "The worker",
}


def build(queries: Path) -> dict[str, Any]:
    return {
        "version": "Notebook/1.0",
        "items": [_period(), *(_table(queries, name) for name in SECTIONS)],
        "fallbackResourceIds": [],
        "$schema": SCHEMA,
    }


def write(workbook: dict[str, Any]) -> str:
    return json.dumps(workbook, indent=2) + "\n"


def _period() -> dict[str, Any]:
    parameter = {
        "id": "5b7c1f7e-6d0b-4f0e-9a57-0d6a1c1a7f10",
        "version": "KqlParameterItem/1.0",
        "name": PERIOD,
        "type": 4,  # a time range
        "isRequired": True,
        "value": {"durationMs": 7 * 86_400_000},
        "typeSettings": {"selectableValues": [{"durationMs": days * 86_400_000} for days in DAYS]},
    }
    content = {
        "version": "KqlParameterItem/1.0",
        "parameters": [parameter],
        "style": "pills",
        "queryType": 0,
        "resourceType": INSIGHTS,
    }
    return {"type": 9, "name": "parameters", "content": content}


def _table(queries: Path, name: str) -> dict[str, Any]:
    content = {
        "version": "KqlItem/1.0",
        "title": SECTIONS[name],
        "query": (queries / f"{name}.kql").read_text(encoding="utf-8"),
        "size": 0,
        "queryType": 0,
        "resourceType": INSIGHTS,
        "timeContextFromParameter": PERIOD,
        "visualization": "table",
    }
    return {"type": 3, "name": name, "content": content}


if __name__ == "__main__":
    (INFRA / "workbook.json").write_text(write(build(INFRA / "queries")), encoding="utf-8")
