"""A stand-in for the Azure Functions host, as faithful as a streaming proxy needs it.

It drives the PyPI package azure-functions-runtime, which is the code Azure runs from Python 3.13
on: indexing, the HTTP coordinator, the worker's uvicorn and the invocations are the real ones. Only
the transport is replaced: plain objects with protobuf's attribute names instead of gRPC.

    protobuf    the messages, by their protobuf names
    worker      starts the runtime, and hands it invocations
    routes      ASP.NET route templates and their precedence
    front       the HTTP side: what YARP does between client and worker

Not reproduced: Kestrel's own limits, restarts and placeholder specialisation, several worker
processes, the platform's front end, access keys.
"""
