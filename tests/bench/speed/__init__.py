"""`python3 dev.py bench`: what a request, an event and a stream cost, against fixed targets.

The files of rows, each with what it measures:

streams       streams per second, CPU of a stream and of an event in a burst, first event added
requests      fixed CPU of a request: of a conversation seen before, and of one never seen
events        an event inside the process, and one that comes alone through the served app
large         what a huge request makes the others wait
counting      count_tokens
memory        at rest, per open stream, after many requests
starts        import, and until it is ready
runtime       the Functions worker against plain uvicorn

Below them:

__main__      the command: options, the parts in their order, the report, the exit code
verdicts      rows, targets -> table, JSON, exit code. Pure
arithmetic    medians, slopes. Pure
bodies        requests as Claude Code and Cursor send them. Pure
azure_replies replies as Azure sends them. Pure
orders        what the generator is asked, and what it answers. Pure
stage         every process that a part needs, and how they are asked
generator     the clients, a process of its own
upstream      Azure, a process of its own; fast, and it can pace
relay         a relay that converts nothing, a process of its own
nginx         the same by nginx, where it is installed
listening     waits for a server that does not say when it is ready
worker_host   the Functions worker without a host before it
cores         which process runs where; its CPU time
quiet         whether the machine was quiet
units         json.loads, the unit of most targets; how it is taken
clock         takes it beside a server, on its core; a process of its own
"""
