"""The messages of FunctionRpc.proto the runtime touches, as plain objects.

https://github.com/Azure/azure-functions-language-worker-protobuf
"""

from types import SimpleNamespace


class Message(SimpleNamespace):
    def WhichOneof(self, group: str) -> str | None:
        """Every message here has at most one field beside its name."""
        return next((field for field in vars(self) if field != "name"), None)


class StatusResult(Message):
    Failure, Success, Cancelled = range(3)


class BindingInfo(Message):
    undefined, string, binary, stream = range(4)
    out, inout = 1, 2


PROTOS = SimpleNamespace(
    BindingInfo=BindingInfo,
    FunctionLoadResponse=Message,
    FunctionMetadataResponse=Message,
    InvocationResponse=Message,
    ParameterBinding=Message,
    RpcException=Message,
    RpcFunctionMetadata=Message,
    RpcHttp=Message,
    RpcRetryOptions=Message,
    StatusResult=StatusResult,
    TypedData=Message,
    WorkerInitResponse=Message,
    WorkerMetadata=Message,
)
