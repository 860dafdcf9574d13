"""Calls the simulator as a client of Azure does, and reads what comes back."""

import json
from typing import Any

import httpx

KEY = {"api-key": "simulated-key"}
RESPONSES = "/openai/v1/responses"
CHAT = "/openai/v1/chat/completions"
READ = {
    "name": "Read",
    "description": "Reads a file.",
    "parameters": {
        "type": "object",
        "properties": {"file_path": {"type": "string"}, "limit": {"type": "integer"}},
        "required": ["file_path"],
    },
    "strict": False,
}
WRITE = {**READ, "name": "Write"}
READ_TOOL = {"type": "function", **READ}
WRITE_TOOL = {"type": "function", **WRITE}
READ_CHAT_TOOL = {"type": "function", "function": READ}
WRITE_CHAT_TOOL = {"type": "function", "function": WRITE}
REPLAYABLE: dict[str, Any] = {
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "reasoning": {"effort": "low", "summary": "auto"},
}


class Caller(httpx.Client):
    def __init__(self, url: str) -> None:
        super().__init__(base_url=url, headers=KEY, timeout=10, verify=False)

    def ask(self, input: str, stream: bool = True) -> httpx.Response:
        """Whatever the Responses API answers."""
        return self.post(RESPONSES, json={"model": "gpt-5.4", "input": input, "stream": stream})

    def ask_chat(self, text: str, stream: bool = True) -> httpx.Response:
        """Whatever Chat Completions answers."""
        body = {"model": "gpt-4.1", "messages": [user(text)], "stream": stream}
        return self.post(CHAT, json=body)

    def respond(self, input: Any, model: str = "gpt-5.4", **body: Any) -> dict[str, Any]:
        """The whole reply of the Responses API."""
        return self.answer(RESPONSES, {"model": model, "input": input, **body})

    def converse(self, messages: Any, model: str = "gpt-4.1", **body: Any) -> dict[str, Any]:
        """The whole reply of Chat Completions."""
        messages = [user(messages)] if isinstance(messages, str) else messages
        return self.answer(CHAT, {"model": model, "messages": messages, **body})

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self.post(path, json=body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def events(self, input: Any, model: str = "gpt-5.4", **body: Any) -> list[dict[str, Any]]:
        """The streamed events of the Responses API."""
        body = {"model": model, "input": input, "stream": True, **body}
        response = self.post(RESPONSES, json=body)
        assert response.status_code == 200, response.text
        return read_events(response.text)

    def chunks(self, messages: Any, model: str = "gpt-4.1", **body: Any) -> list[dict[str, Any]]:
        """The streamed chunks of Chat Completions, without [DONE]."""
        messages = [user(messages)] if isinstance(messages, str) else messages
        body = {"model": model, "messages": messages, "stream": True, **body}
        response = self.post(CHAT, json=body)
        assert response.status_code == 200, response.text
        assert response.text.endswith("data: [DONE]\n\n")
        return read_events(response.text)

    def refusal(self, path: str, body: Any, status: int = 400) -> dict[str, Any]:
        """The error that a request is refused with."""
        response = self.post(path, json=body)
        assert response.status_code == status, response.text
        error: dict[str, Any] = response.json()["error"]
        return error


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def read_events(text: str) -> list[dict[str, Any]]:
    events = []
    for block in text.split("\n\n")[:-1]:
        *head, data = block.split("\n")
        payload = data.removeprefix("data: ")
        if payload == "[DONE]":
            continue
        event = json.loads(payload)
        assert head in ([], [f"event: {event.get('type')}"])
        events.append(event)
    return events


def types(response: httpx.Response) -> list[str]:
    return [event["type"].removeprefix("response.") for event in read_events(response.text)]


def texts(output: list[dict[str, Any]]) -> list[str]:
    return [item["content"][0]["text"] for item in output if item["type"] == "message"]


def kinds(output: list[dict[str, Any]]) -> list[str]:
    return [item["type"] for item in output]


def replay(input: list[dict[str, Any]], output: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a careful client sends back: reasoning as it came, the rest without ids, answers."""
    items = list(input)
    for item in output:
        match item["type"]:
            case "reasoning":
                items.append({key: value for key, value in item.items() if key != "status"})
            case "message":
                items.append({key: item[key] for key in ("role", "content")})
            case "function_call":
                kept = ("type", "call_id", "name", "arguments")
                items.append({key: item[key] for key in kept})
    for item in output:
        if item["type"] == "function_call":
            output_item = {"type": "function_call_output", "call_id": item["call_id"]}
            items.append({**output_item, "output": f"result of {item['name']}"})
    return items
